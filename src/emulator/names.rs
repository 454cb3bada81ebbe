//! Everything the emulator makes up: urls, access tokens, request ids. All of it follows from a seed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// How long a url is.
const URL_BYTES: usize = 45;

/// Makes names. Two with the same seed and the same start make the same ones.
///
/// The start is mixed into all but permanent urls: an emulator that takes over from a dead one must not give a
/// second scene a url that the dead one gave a first.
pub(super) struct Names {
    /// What urls begin with.
    prefix: &'static str,
    seed: u64,
    started_at: i128,
    /// Names of any kind that were made.
    made: u64,
}

impl Names {
    /// `started_at` is unix time in nanoseconds.
    pub(super) fn new(prefix: &'static str, seed: u64, started_at: i128) -> Self {
        Self { prefix, seed, started_at, made: 0 }
    }

    /// A url that no code had before.
    pub(super) fn temporary_url(&mut self) -> String {
        let digest = self.once();
        self.url(&digest)
    }

    /// The one url of a permanent scene, the same from every emulator with this seed.
    pub(super) fn permanent_url(&self, appid: &str, kind: &str, scene: &str) -> String {
        let seed = self.seed.to_le_bytes();
        self.url(&digest(&[b"permanent", &seed, appid.as_bytes(), kind.as_bytes(), scene.as_bytes()]))
    }

    /// A new access token, 131 characters long, which is what real ones have (512 are documented as the maximum).
    pub(super) fn access_token(&mut self) -> String {
        format!("90_{}", URL_SAFE_NO_PAD.encode([self.once(), self.once(), self.once()].concat()))
    }

    /// A request id; its first group is the unix time in hex (inferred).
    pub(super) fn rid(&mut self, now: i64) -> String {
        let random = self.once().map(|byte| format!("{byte:02x}"));
        format!("{now:08x}-{}-{}", random[..4].concat(), random[4..8].concat())
    }

    /// The prefix and URL-safe characters, 45 bytes in all, as the platform's urls have today.
    fn url(&self, digest: &[u8; 32]) -> String {
        let mut url = self.prefix.to_owned() + &URL_SAFE_NO_PAD.encode(digest);
        url.truncate(URL_BYTES.max(self.prefix.len()));
        url
    }

    fn once(&mut self) -> [u8; 32] {
        self.made += 1;
        digest(&[b"once", &self.seed.to_le_bytes(), &self.started_at.to_le_bytes(), &self.made.to_le_bytes()])
    }
}

/// The luck of a fault at a request: from 0 up to, but not, 1.
#[expect(clippy::cast_precision_loss, reason = "53 of the 64 bits are taken, which is what a double holds")]
pub(super) fn unit(seed: u64, fault: u64, count: u64) -> f64 {
    let parts = [seed, fault, count].map(u64::to_le_bytes);
    let digest = digest(&[b"fault", &parts[0], &parts[1], &parts[2]]);
    let bits = digest[..8].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// SHA-256 over the parts, each with its length before it.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const EMULATOR: &str = "http://emulator.invalid/q/";

    #[test]
    fn a_seed_and_a_start_determine_every_name() {
        let make = |seed, started_at| {
            let mut names = Names::new(EMULATOR, seed, started_at);
            (names.temporary_url(), names.access_token(), names.rid(0x6aac_005a))
        };
        assert_eq!(make(1, 5), make(1, 5));
        assert_ne!(make(1, 5).0, make(1, 6).0);
        assert_ne!(make(1, 5).0, make(2, 5).0);
        assert!(make(1, 5).2.starts_with("6aac005a-"));
        assert_eq!(make(1, 5).2.len(), 26);
        assert_eq!(make(1, 5).1.len(), 131);
    }

    #[test]
    fn a_permanent_url_follows_from_seed_appid_and_scene_only() {
        let url = |seed, started_at, appid, kind| {
            Names::new(EMULATOR, seed, started_at).permanent_url(appid, kind, "123")
        };
        let first = url(1, 5, "wx1", "id");
        assert_eq!(url(1, 6, "wx1", "id"), first);
        for other in [url(1, 5, "wx1", "str"), url(1, 5, "wx2", "id"), url(2, 5, "wx1", "id")] {
            assert_ne!(other, first);
        }
    }

    #[test]
    fn urls_are_unique_and_have_45_bytes() {
        for prefix in [EMULATOR, "http://weixin.qq.com/q/02"] {
            let mut names = Names::new(prefix, 0, 0);
            let urls: BTreeSet<_> = (0..1000).map(|_| names.temporary_url()).collect();
            assert_eq!(urls.len(), 1000);
            assert!(urls.iter().all(|url| url.len() == 45 && url.starts_with(prefix)));
        }
    }
}
