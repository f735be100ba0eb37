#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_dialects::Dialect;
use mainstay_dialects_fuzz::decode;

fuzz_target!(|data: &[u8]| decode(Dialect::OpenaiResponses, data));
