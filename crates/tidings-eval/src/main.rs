//! Predictions for the corpus scorers, made by the product's own code: `tidings-eval KIND DIR > PRED.jsonl`.

mod articles;
mod changes;
mod corpus;
mod feeds;
mod forums;
mod pain;
mod sites;

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

type Predict = fn(&Path, &mut dyn Write) -> Result<()>;

const KINDS: [(&str, Predict); 7] = [
    ("articles", articles::predict),
    ("changes", changes::predict),
    ("feeds", feeds::predict),
    ("forums", forums::predict),
    ("pain", pain::predict),
    ("robots", sites::predict_robots),
    ("sitemaps", sites::predict_sitemaps),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let known = KINDS.map(|(name, _)| name).join(", ");
    let [kind, directory] = arguments.as_slice() else {
        eprintln!("usage: tidings-eval KIND DIR > PRED.jsonl   (KIND: {known}; DIR: one half of the corpus)");
        return ExitCode::from(2);
    };
    let Some((_, predict)) = KINDS.iter().find(|(name, _)| name == kind) else {
        eprintln!("unknown kind `{kind}`: expected one of {known}");
        return ExitCode::from(2);
    };
    match run(*predict, Path::new(directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(predict: Predict, directory: &Path) -> Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    predict(directory, &mut out)?;
    out.flush().context("cannot write the predictions")
}
