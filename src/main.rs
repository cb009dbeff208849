//! Entry point of the app: mounts it in the browser.

fn main() {
    couplet::start();
}
