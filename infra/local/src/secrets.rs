//! The instance's secrets on this machine: made once, kept in the data folder.

use std::{fs, io, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use proca::random::Random;

/// What the template takes from the secrets manager.
#[derive(Clone)]
pub struct Secrets(String);

impl Secrets {
    /// Reads the secret from the folder, or makes one there, for the owner's eyes only.
    pub fn kept_in(folder: &Path, random: &Random) -> io::Result<Self> {
        let file = folder.join("secret");
        match fs::read_to_string(&file) {
            Ok(text) => Ok(Self(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = URL_SAFE_NO_PAD.encode(random.bytes::<48>());
                keep(&file, &text)?;
                Ok(Self(text))
            }
            Err(error) => Err(error),
        }
    }

    /// The value of one of the template's secrets.
    pub fn value(&self, name: &str) -> String {
        format!("{name}{}", self.0)
    }
}

/// Writes a file for the owner's eyes only.
pub fn keep(file: &Path, text: &str) -> io::Result<()> {
    fs::write(file, text)?;
    #[cfg(unix)]
    fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(..)")
    }
}
