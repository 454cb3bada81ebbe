//! The floor: what a run cannot do without, and nothing else. For each code the two requests and the decoding of the
//! picture; with plain reqwest and the plain decoders, no code of ours, no ledger, no file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::Client;
use rxing::common::HybridBinarizer;
use rxing::qrcode::QRCodeReader;
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, Reader};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::platform::{APPID, SECRET};

/// Codes in flight.
const IN_FLIGHT: u32 = 32;

/// Creates, fetches and decodes so many codes.
pub async fn floor(url: &str, codes: u32) {
    // Fails where the run before has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
    let asked = json!({"grant_type": "client_credential", "appid": APPID, "secret": SECRET});
    let answer = client.post(format!("{url}/cgi-bin/stable_token")).json(&asked).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("JSON");
    let token = answer["access_token"].as_str().expect("a token");

    let create: Arc<str> = format!("{url}/cgi-bin/qrcode/create?access_token={token}").into();
    let picture: Arc<str> = format!("{url}/cgi-bin/showqrcode").into();
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let decoders = Arc::new(Semaphore::new(cores));
    let next = Arc::new(AtomicU32::new(1));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (client, create, picture) = (client.clone(), Arc::clone(&create), Arc::clone(&picture));
        let (decoders, next) = (Arc::clone(&decoders), Arc::clone(&next));
        running.spawn(async move {
            loop {
                let scene = next.fetch_add(1, Ordering::Relaxed);
                if scene > codes {
                    break;
                }
                let (url, jpeg) = code(&client, &create, &picture, scene).await;
                let _turn = decoders.acquire().await.expect("open");
                let read = tokio::task::spawn_blocking(move || decode(&jpeg)).await.expect("decoded");
                assert_eq!(read, url);
            }
        });
    }
    running.join_all().await;
}

/// The two requests: the url and the picture.
async fn code(client: &Client, create: &str, picture: &str, scene: u32) -> (String, Vec<u8>) {
    let asked = json!({
        "expire_seconds": 2_592_000,
        "action_name": "QR_SCENE",
        "action_info": {"scene": {"scene_id": scene}},
    });
    let answer = client.post(create).json(&asked).send().await.expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    let text = |name: &str| answer[name].as_str().expect("a text").to_owned();
    let jpeg = client.get(picture).query(&[("ticket", text("ticket"))]).send().await.expect("an answer");
    (text("url"), jpeg.bytes().await.expect("a picture").into())
}

fn decode(jpeg: &[u8]) -> String {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    let pixels = decoder.decode().expect("a JPEG");
    let (width, height) = decoder.dimensions().expect("dimensions");
    let side = |pixels: usize| u32::try_from(pixels).expect("a small picture");
    let source = Luma8LuminanceSource::new(pixels, side(width), side(height)).expect("pixels");
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let hints = DecodeHints { PureBarcode: Some(true), ..DecodeHints::default() };
    QRCodeReader.decode_with_hints(&mut bitmap, &hints).expect("a code").getText().to_owned()
}
