//! What the store refuses, what it survives, and that nothing readable is on disk.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::connections::{Cloud, Kind, Settings, SignInMethod, SignInSettings, System};

const PLANTED: &str = "planted-secret-5f2a";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("couplet-store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn key(&self) -> KeySource {
        KeySource::File(self.0.join("key"))
    }

    fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.0, &self.key())
    }

    fn file(&self) -> PathBuf {
        self.0.join(FILE)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn connection() -> SavedConnection {
    SavedConnection {
        id: "crm".to_owned(),
        settings: Settings {
            system: System::Dataverse,
            kind: Kind::Online,
            name: "Contoso".to_owned(),
            base_url: "https://contoso.crm4.dynamics.com".to_owned(),
            environment: String::new(),
            cloud: Cloud::Global,
            tenant: "contoso.example".to_owned(),
            sign_in: SignInSettings { method: SignInMethod::ClientSecret, ..SignInSettings::default() },
        },
        secret: Some(SecretString::from(PLANTED)),
        refresh_token: None,
        account: None,
    }
}

fn secret_of(store: &Store) -> String {
    let read = store.read().unwrap();
    read[0].secret.as_ref().unwrap().expose_secret().to_owned()
}

fn text_key(byte: u8) -> KeySource {
    use base64::Engine;
    let text = base64::prelude::BASE64_STANDARD.encode([byte; 32]).into();
    KeySource::Text { name: "COUPLET_KEY".to_owned(), text }
}

#[test]
fn what_is_written_is_read_again_and_is_not_readable_on_disk() {
    let folder = Folder::new("round");
    let store = folder.open().unwrap();
    assert!(store.read().unwrap().is_empty());
    assert!(!folder.file().exists(), "nothing was saved yet");
    store.write(&[connection()]).unwrap();
    drop(store);
    assert_eq!(secret_of(&folder.open().unwrap()), PLANTED);
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for word in [PLANTED, "Contoso", "dynamics.com"] {
            assert!(!bytes.windows(word.len()).any(|it| it == word.as_bytes()), "{word}");
        }
    }
    let debug = format!("{:?}", connection());
    assert!(!debug.contains(PLANTED), "{debug}");
}

#[test]
fn every_changed_byte_is_noticed_and_the_file_left_alone() {
    let folder = Folder::new("damage");
    let store = folder.open().unwrap();
    store.write(&[connection()]).unwrap();
    let good = std::fs::read(folder.file()).unwrap();
    for position in 0..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 1;
        std::fs::write(folder.file(), &bad).unwrap();
        assert!(store.read().is_err(), "byte {position}");
        assert_eq!(std::fs::read(folder.file()).unwrap(), bad);
    }
    for length in [0, 5, good.len() - 1] {
        std::fs::write(folder.file(), &good[..length]).unwrap();
        assert!(store.read().is_err(), "{length} bytes");
    }
    std::fs::write(folder.file(), "{\"connections\":[]}").unwrap();
    let error = store.read().unwrap_err().to_string();
    assert!(error.ends_with("is not a file of connections that this version can read; it was left as it is"));
}

#[test]
fn a_store_of_another_key_is_told_from_a_damaged_one() {
    let folder = Folder::new("other-key");
    let store = Store::open(&folder.0, &text_key(1)).unwrap();
    store.write(&[connection()]).unwrap();
    drop(store);
    let other = Store::open(&folder.0, &text_key(2)).unwrap();
    assert!(matches!(other.read(), Err(StoreError::OtherKey { .. })));
    drop(other);
    let mut sealed = std::fs::read(folder.file()).unwrap();
    *sealed.last_mut().unwrap() ^= 1;
    std::fs::write(folder.file(), sealed).unwrap();
    let same = Store::open(&folder.0, &text_key(1)).unwrap();
    assert!(matches!(same.read(), Err(StoreError::Damaged(_))));
}

#[test]
fn one_process_at_a_time() {
    let folder = Folder::new("lock");
    let first = folder.open().unwrap();
    assert!(matches!(folder.open(), Err(StoreError::InUse(_))));
    assert!(matches!(rotate_key(&folder.0, &folder.key(), None), Err(StoreError::InUse(_))));
    drop(first);
    assert!(folder.open().is_ok());
}

#[cfg(unix)]
#[test]
fn files_open_to_others_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("permissions");
    folder.open().unwrap().write(&[connection()]).unwrap();
    for name in ["key", FILE] {
        let path = folder.0.join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        for wrong in [0o640, 0o604, 0o622] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(wrong)).unwrap();
            let refused = folder.open().and_then(|store| store.read());
            assert!(matches!(refused, Err(StoreError::NotPrivate(_))), "{name} {wrong:o}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(secret_of(&folder.open().unwrap()), PLANTED);
}

#[test]
fn keys_are_32_bytes_in_base64() {
    for wrong in ["", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let source = KeySource::Text { name: "COUPLET_KEY".to_owned(), text: wrong.to_owned().into() };
        let error = source.key().unwrap_err().to_string();
        assert!(error.starts_with("the key in COUPLET_KEY must be 32 bytes in base64"), "{error}");
        assert!(wrong.is_empty() || !error.contains(wrong));
    }
}

#[test]
fn a_rotated_key_opens_what_the_old_one_does_not() {
    let folder = Folder::new("rotation");
    folder.open().unwrap().write(&[connection()]).unwrap();
    let old = std::fs::read(folder.0.join("key")).unwrap();
    rotate_key(&folder.0, &folder.key(), None).unwrap();
    assert_eq!(secret_of(&folder.open().unwrap()), PLANTED);
    write_private(&folder.0.join("key"), &old).unwrap();
    assert!(matches!(folder.open().unwrap().read(), Err(StoreError::OtherKey { .. })));
}

#[test]
fn keys_of_the_environment_are_rotated_into_each_other() {
    let folder = Folder::new("environment");
    Store::open(&folder.0, &text_key(1)).unwrap().write(&[connection()]).unwrap();
    rotate_key(&folder.0, &text_key(1), Some(&text_key(2))).unwrap();
    assert_eq!(secret_of(&Store::open(&folder.0, &text_key(2)).unwrap()), PLANTED);
}

#[test]
fn an_interrupted_rotation_is_finished_or_dropped() {
    let folder = Folder::new("interrupted");
    folder.open().unwrap().write(&[connection()]).unwrap();
    let (key, next) = (folder.0.join("key"), folder.0.join("key.next"));
    let old = std::fs::read(&key).unwrap();

    // The crash came before the store was written.
    StoreKey::generate().unwrap().write_file(&next).unwrap();
    assert_eq!(secret_of(&folder.open().unwrap()), PLANTED);
    assert!(!next.exists());

    // The crash came after it.
    rotate_key(&folder.0, &folder.key(), None).unwrap();
    std::fs::rename(&key, &next).unwrap();
    write_private(&key, &old).unwrap();
    assert_eq!(secret_of(&folder.open().unwrap()), PLANTED);
    assert!(!next.exists());
}

#[test]
fn the_folder_of_a_bare_file_name_is_the_one_we_are_in() {
    assert!(sync_folder(Path::new("key")).is_ok());
}
