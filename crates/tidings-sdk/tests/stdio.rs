//! A plugin that is a program of its own, and prints where it should not.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidings_sdk::{Ctx, Example, Info, Kind, Plugin, Result};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Params {}

struct Noisy;

impl Plugin for Noisy {
    type Params = Params;
    const INFO: Info = Info::new("noisy", "Noisy", Kind::Custom);

    #[expect(clippy::print_stdout, reason = "what authors do by mistake")]
    fn examples() -> Vec<Example<Params>> {
        println!("examples are asked for");
        vec![Example::new("Only one", Params {})]
    }

    fn run(&self, _: &Params, _: &mut Ctx) -> Result<()> {
        Ok(())
    }
}

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("serve") { tidings_sdk::serve_stdio(&Noisy) } else { drive() }
}

/// What is printed goes to the log, and the stream holds nothing but messages.
fn drive() -> Result<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let limits = r#"{"cpu_s":60,"data_mb":256,"max_line":1048576}"#;
    writeln!(stdin, r#"{{"id":1,"result":{{"protocol":1,"daemon":"test","limits":{limits}}}}}"#)?;
    writeln!(stdin, r#"{{"id":1,"method":"describe"}}"#)?;
    drop(stdin);
    let (mut said, mut logged) = (String::new(), String::new());
    child.stdout.take().expect("it is piped").read_to_string(&mut said)?;
    child.stderr.take().expect("it is piped").read_to_string(&mut logged)?;
    assert!(child.wait()?.success(), "{logged}");
    let messages: Vec<Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(messages[0]["method"], "hello");
    assert_eq!(messages[1]["result"]["id"], "noisy");
    assert_eq!((messages.len(), logged.as_str()), (2, "examples are asked for\n"));
    Ok(())
}
