//! Profiles: addresses and tokens that are kept for next time.

use std::{collections::BTreeMap, fmt, fs, io, io::Write, path::PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::token::Token;

/// The profile that is meant where none is named.
pub const DEFAULT: &str = "default";

/// An address, and who one is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Address of the API.
    pub url: String,
    /// The credential.
    pub token: Token,
    /// The org that commands are about, where they do not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
}

/// Every profile, as the file has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// All, by name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

/// Why profiles cannot be used.
#[derive(Debug)]
pub enum ProfileError {
    /// Neither `XDG_CONFIG_HOME` nor `HOME` says where they are.
    NoPlace,
    /// The file cannot be read or written.
    File(PathBuf, io::Error),
    /// The file is no list of profiles.
    Unreadable(PathBuf),
    /// They cannot be written down.
    Unwritable(toml::ser::Error),
    /// No profile has this name.
    Unknown(String),
    /// The profile of this name is of another address.
    Taken(String),
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlace => f.write_str("there is no place for profiles: set XDG_CONFIG_HOME or HOME"),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            // The reader's own words would quote the line, and the token in it.
            Self::Unreadable(path) => write!(f, "{} is no list of profiles", path.display()),
            Self::Unwritable(error) => write!(f, "the profiles cannot be written: {error}"),
            Self::Taken(name) => {
                write!(f, "the profile {name} is of another address: log in with this token, and --profile")
            }
            Self::Unknown(name) => write!(f, "there is no profile {name}: `proca profile list` shows them"),
        }
    }
}

impl Profiles {
    /// Reads the file; none where it is not there.
    pub fn read(file: Option<&PathBuf>) -> Result<Self, ProfileError> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = match fs::read_to_string(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            read => read.map_err(|error| ProfileError::File(file.clone(), error))?,
        };
        toml::from_str(&text).map_err(|_| ProfileError::Unreadable(file.clone()))
    }

    /// Replaces the file at once, for its owner's eyes alone.
    pub fn write(&self, file: Option<&PathBuf>) -> Result<(), ProfileError> {
        let file = file.ok_or(ProfileError::NoPlace)?;
        let text = toml::to_string(self).map_err(ProfileError::Unwritable)?;
        let folder = file.parent().ok_or(ProfileError::NoPlace)?;
        let replaced = fs::create_dir_all(folder).and_then(|()| {
            // A temporary file is of mode 0600, which it keeps.
            let mut new = NamedTempFile::new_in(folder)?;
            new.write_all(text.as_bytes())?;
            new.persist(file).map(drop).map_err(|error| error.error)
        });
        replaced.map_err(|error| ProfileError::File(file.clone(), error))
    }

    /// The profile of this name, or else the one in use; `None` where there is none yet.
    ///
    /// # Errors
    /// Where one is named that is not there.
    pub fn choose(&self, name: Option<&str>) -> Result<Option<&Profile>, ProfileError> {
        match name {
            Some(name) => self.named(name).map(Some),
            None => Ok(self.profiles.get(self.current())),
        }
    }

    /// The name of the profile in use.
    pub fn current(&self) -> &str {
        self.current.as_deref().unwrap_or(DEFAULT)
    }

    /// Adds a profile, or replaces the one of its name at the same address; uses it from now on.
    ///
    /// # Errors
    /// Where the one of its name is of another address.
    pub fn add(&mut self, name: &str, profile: Profile) -> Result<(), ProfileError> {
        if self.profiles.get(name).is_some_and(|there| there.url != profile.url) {
            return Err(ProfileError::Taken(name.to_owned()));
        }
        self.profiles.insert(name.to_owned(), profile);
        self.choose_from_now_on(name)
    }

    /// Lets a profile's commands be about an org, where they do not say.
    pub fn set_org(&mut self, name: &str, org: &str) -> Result<(), ProfileError> {
        let profile = self.profiles.get_mut(name).ok_or_else(|| ProfileError::Unknown(name.to_owned()))?;
        profile.org = Some(org.to_owned());
        Ok(())
    }

    /// Uses a profile from now on.
    pub fn choose_from_now_on(&mut self, name: &str) -> Result<(), ProfileError> {
        self.named(name)?;
        self.current = Some(name.to_owned());
        Ok(())
    }

    /// Removes a profile.
    pub fn remove(&mut self, name: &str) -> Result<(), ProfileError> {
        self.profiles.remove(name).ok_or_else(|| ProfileError::Unknown(name.to_owned()))?;
        if self.current() == name {
            self.current = None;
        }
        Ok(())
    }

    fn named(&self, name: &str) -> Result<&Profile, ProfileError> {
        self.profiles.get(name).ok_or_else(|| ProfileError::Unknown(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Profiles {
        let profile = |n: u8| Profile {
            url: format!("https://api{n}.example"),
            token: Token::new(format!("proca_canary{n}")),
            org: (n == 1).then(|| "fleet".to_owned()),
        };
        let profiles = BTreeMap::from([("default".to_owned(), profile(1)), ("other".to_owned(), profile(2))]);
        Profiles { current: Some("other".to_owned()), profiles }
    }

    #[test]
    fn profiles_are_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proca").join("config.toml");
        two().write(Some(&file)).unwrap();
        assert_eq!(Profiles::read(Some(&file)).unwrap(), two());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&file, "token = proca_canary").unwrap();
        let error = Profiles::read(Some(&file)).unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", two()).contains("canary"), "{error}");
    }

    #[test]
    fn the_profile_in_use_is_the_one_that_was_chosen() {
        let mut profiles = two();
        let url =
            |profiles: &Profiles, name| profiles.choose(name).unwrap().map(|profile| profile.url.clone());
        assert_eq!(url(&profiles, None).as_deref(), Some("https://api2.example"));
        assert_eq!(url(&profiles, Some("default")).as_deref(), Some("https://api1.example"));
        profiles.remove("other").unwrap();
        assert_eq!(url(&profiles, None).as_deref(), Some("https://api1.example"));
        let elsewhere = Profile { url: "https://api3.example".to_owned(), ..two().profiles["other"].clone() };
        assert!(matches!(profiles.add("default", elsewhere), Err(ProfileError::Taken(_))));
        assert_eq!(url(&profiles, None).as_deref(), Some("https://api1.example"));
        assert!(profiles.choose(Some("other")).is_err() && profiles.choose_from_now_on("other").is_err());
    }
}
