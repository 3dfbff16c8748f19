//! The mails, in memory and in an append-only file of JSON lines.
//!
//! A line is written before a mail is acknowledged, so `kill -9` loses none that was. A line torn
//! by such a death is cut off at the next start; nobody was told it had arrived.

use std::{
    error::Error,
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::caught::CaughtMail;

/// All caught mails, oldest first.
#[derive(Debug, Default)]
pub(super) struct Store {
    mails: Vec<CaughtMail>,
    file: Option<File>,
}

impl Store {
    /// Reads back what an earlier run left in `path`, creating the file if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::File { path: path.to_owned(), source };
        let options = OpenOptions::new().read(true).append(true).create(true).to_owned();
        let mut file = options.open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (mails, whole) = parse(&bytes).map_err(|(line, source)| StoreError::Line {
            path: path.to_owned(),
            line,
            source,
        })?;
        if whole < bytes.len() {
            tracing::warn!(mailbox.store = %path.display(), "cut off a torn last line");
            file.set_len(whole as u64).map_err(failed)?;
        }
        Ok(Self { mails, file: Some(file) })
    }

    /// Every mail, newest last.
    pub(super) fn mails(&self) -> &[CaughtMail] {
        &self.mails
    }

    /// Writes the mail down, then shows it.
    pub(super) fn add(&mut self, mail: CaughtMail) -> Result<(), AddError> {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_vec(&mail).map_err(AddError::Encode)?;
            line.push(b'\n');
            append(file, &line).map_err(AddError::Write)?;
        }
        self.mails.push(mail);
        Ok(())
    }
}

/// A line that could not be written whole is taken back, so the next one starts a line.
fn append(file: &mut File, line: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(line).or_else(|error| file.set_len(before).and(Err(error)))
}

/// The mails in `bytes`, and how many bytes of it are whole lines: a torn one lacks its end.
fn parse(bytes: &[u8]) -> Result<(Vec<CaughtMail>, usize), (usize, serde_json::Error)> {
    let (mut mails, mut whole) = (Vec::new(), 0);
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !line.ends_with(b"\n") {
            break;
        }
        match serde_json::from_slice(line) {
            Ok(mail) => mails.push(mail),
            Err(source) => return Err((index + 1, source)),
        }
        whole += line.len();
    }
    Ok((mails, whole))
}

/// Why the mailbox could not be opened.
#[derive(Debug)]
pub enum StoreError {
    /// The file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A whole line is not a mail: the file is something else, or was edited.
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => write!(out, "cannot open the mail store {}", path.display()),
            Self::Line { path, line, .. } => {
                write!(out, "line {line} of the mail store {} is not a mail", path.display())
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Line { source, .. } => Some(source),
        }
    }
}

/// Why a mail could not be written down; it was not taken in.
#[derive(Debug)]
pub(super) enum AddError {
    /// It cannot be written as JSON.
    Encode(serde_json::Error),
    /// The file refused it.
    Write(io::Error),
}

impl fmt::Display for AddError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cannot write the mail to the store")
    }
}

impl Error for AddError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode(source) => Some(source),
            Self::Write(source) => Some(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::mailbox::fixture::{Outcome, mail, temporary_path};

    fn ids(store: &Store) -> Vec<&str> {
        store.mails().iter().map(|mail| mail.id.as_str()).collect()
    }

    #[test]
    fn mails_are_read_back_in_their_order() -> Outcome {
        let path = temporary_path();
        let mut store = Store::open(&path)?;
        store.add(mail("one"))?;
        store.add(mail("two"))?;
        let reopened = Store::open(&path)?;
        assert_eq!(reopened.mails(), store.mails());
        assert_eq!(ids(&reopened), ["one", "two"]);
        Ok(fs::remove_file(path)?)
    }

    #[test]
    fn a_torn_last_line_is_cut_off_and_the_next_mail_starts_a_line() -> Outcome {
        let path = temporary_path();
        Store::open(&path)?.add(mail("one"))?;
        let mut torn = fs::read(&path)?;
        torn.extend_from_slice(br#"{"id":"to"#);
        fs::write(&path, torn)?;
        Store::open(&path)?.add(mail("two"))?;
        assert_eq!(ids(&Store::open(&path)?), ["one", "two"]);
        Ok(fs::remove_file(path)?)
    }

    #[test]
    fn a_whole_line_that_is_no_mail_is_an_error_that_names_it() -> Outcome {
        let path = temporary_path();
        fs::write(&path, "not a mail\n")?;
        assert!(matches!(Store::open(&path), Err(StoreError::Line { line: 1, .. })));
        Ok(fs::remove_file(path)?)
    }
}
