//! Secrets, typed so that they cannot be printed.

use secrecy::{ExposeSecret, SecretString};

/// An account's appsecret. Its `Debug` shows nothing and it has no `Display`.
#[derive(Debug, Clone)]
pub struct AppSecret(SecretString);

impl AppSecret {
    /// Takes the text, without surrounding white space (a secret file ends in a line break).
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.trim()))
    }

    /// The text, for the one request that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The credential of every call: lives two hours, up to 512 characters. Its `Debug` shows nothing.
#[derive(Debug, Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Takes the text.
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// The text, for the one query parameter that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let shown = format!("{:?} {:#?}", AppSecret::new("hunter2"), AccessToken::new("hunter2"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
