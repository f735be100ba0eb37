#![no_main]

use libfuzzer_sys::fuzz_target;
use mainstay_dialects::Dialect;
use mainstay_dialects_fuzz::stream;

// The frames around the data, whatever the data is: any dialect reads them the same way.
fuzz_target!(|data: &[u8]| stream(Dialect::OpenaiChat, data));
