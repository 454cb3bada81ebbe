//! The night in this process, on a clock that goes on only when nothing is left to do.

use scenepress::clock;
use scenepress::emulator;
use scenepress::engine::End;

use crate::night::Night;

#[tokio::test(start_paused = true)]
async fn a_simulated_night_takes_exactly_the_time_that_its_rate_asks_for() {
    clock::simulate("2026-11-22T02:00:00Z".parse().expect("an instant"));
    let emulator = emulator::start(emulator::Settings::default(), 0).await.expect("a port");
    let folder = tempfile::tempdir().expect("a folder");
    let url = emulator.url();
    std::fs::create_dir(folder.path().join("campaigns")).expect("a folder");
    let accounts = format!(
        "default:\n  appid: wx00000000emulator\n  secret: ${{SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 10/s\n"
    );
    std::fs::write(folder.path().join("campaigns/accounts.yaml"), accounts).expect("a file");
    let metro = "expires: 30d\ncodes: [{scenes: 1..21, channel: \"Exit {n}\"}]\n";
    std::fs::write(folder.path().join("campaigns/metro.yaml"), metro).expect("a file");
    let before = clock::now();
    let summary = Night::new(folder.path(), "emulator-secret").run().await;
    assert_eq!(summary.end(), End::Done);
    assert_eq!(clock::now().duration_since(before), jiff::SignedDuration::from_secs(2));
}
