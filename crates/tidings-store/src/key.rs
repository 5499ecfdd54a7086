//! Keys of the API. Of a secret only its SHA-256 is kept.

use std::fmt;
use std::str::FromStr;

use rusqlite::Row;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tidings_model::Timestamp;

use crate::error::Failure;
use crate::snapshot::hex;
use crate::time::{from_millis, to_millis, truncated};
use crate::writer::{Durability, Writer};
use crate::{Store, StoreError};

/// How fine `last_used` is, in milliseconds: a busy key is written once a minute.
const LAST_USED_STEP_MS: i64 = 60_000;

/// What a key may do; each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Reader,
    /// Also writes what research needs.
    Editor,
    /// Also keys, erasure and reload.
    Admin,
}

impl Role {
    pub const ALL: &'static [Self] = &[Self::Reader, Self::Editor, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; expected one of reader, editor, admin")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, UnknownRole> {
        let role = Self::ALL.iter().copied().find(|role| role.as_str() == word);
        role.ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

/// A key as it is listed: its secret is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Names it for `revoke_key`; no secret.
    pub id: String,
    pub name: String,
    pub role: Role,
    pub created: Timestamp,
    /// To the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
}

impl Store {
    /// Makes a key and returns it with its secret, which nothing can show again.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or the system gives no random bytes.
    pub fn create_key(&self, name: &str, role: Role, at: Timestamp) -> Result<(Key, String), StoreError> {
        let mut random = [0_u8; 40];
        getrandom::fill(&mut random).map_err(|error| StoreError::io(self.path(), std::io::Error::other(error)))?;
        let (secret, id) = random.split_at(32);
        let secret = format!("tidings_{}", hex(secret));
        let created = truncated(at);
        let id = format!("k_{}", hex(id));
        let key = Key { id, name: name.to_owned(), role, created, last_used: None, revoked: None };
        let (row, hash) = (key.clone(), hash(&secret));
        self.writer()?.write(Durability::Disk, move |writer| insert(writer, &row, &hash))?;
        Ok((key, secret))
    }

    /// All keys, revoked ones too, in the order they were made.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn keys(&self) -> Result<Vec<Key>, StoreError> {
        self.read(|reader| {
            let sql = "SELECT id, name, role, created, last_used, revoked FROM api_key ORDER BY created, id";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            let mut keys = Vec::new();
            while let Some(row) = rows.next()? {
                keys.push(read(row)?);
            }
            Ok(keys)
        })
    }

    /// Ends what the key may do, at once; `false` where there is no such key or it was revoked before.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn revoke_key(&self, id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.writer()?.write(Durability::Disk, move |writer| {
            let sql = "UPDATE api_key SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";
            Ok(writer.conn.prepare_cached(sql)?.execute((id, to_millis(at)))? == 1)
        })
    }

    /// The key with this secret, unless it is revoked.
    ///
    /// # Errors
    ///
    /// When the database cannot be read.
    pub fn key_by_secret(&self, secret: &str) -> Result<Option<Key>, StoreError> {
        let hash = hash(secret);
        self.read(|reader| {
            let sql = "SELECT id, name, role, created, last_used, revoked FROM api_key
                       WHERE hash = ?1 AND revoked IS NULL";
            let mut statement = reader.conn.prepare_cached(sql)?;
            let mut rows = statement.query([hash])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// Notes that the key was used; writes nothing if it was within the last minute.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn key_used(&self, key: &Key, at: Timestamp) -> Result<(), StoreError> {
        let at = to_millis(at);
        if key.last_used.is_some_and(|last| at - to_millis(last) < LAST_USED_STEP_MS) {
            return Ok(());
        }
        let id = key.id.clone();
        self.writer()?.write(Durability::Process, move |writer| {
            let sql = "UPDATE api_key SET last_used = ?2 WHERE id = ?1";
            writer.conn.prepare_cached(sql)?.execute((id, at))?;
            Ok(())
        })
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn insert(writer: &Writer, key: &Key, hash: &[u8; 32]) -> Result<(), Failure> {
    writer
        .conn
        .prepare_cached("INSERT INTO api_key (id, name, role, hash, created) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((&key.id, &key.name, key.role.as_str(), hash, to_millis(key.created)))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Key, Failure> {
    let role: String = row.get(2)?;
    let time = |millis: Option<i64>| millis.map(from_millis).transpose();
    Ok(Key {
        id: row.get(0)?,
        name: row.get(1)?,
        role: role.parse().map_err(|error| Failure::record("key", error))?,
        created: from_millis(row.get(3)?)?,
        last_used: time(row.get(4)?)?,
        revoked: time(row.get(5)?)?,
    })
}
