//! Doubles of vendors on this machine: `doubles` lists them, `doubles openai=8822 fal=8823` lets them listen.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if asked.is_empty() {
        println!("{}", doubles::stall::listing());
        return ExitCode::SUCCESS;
    }
    match doubles::stall::open(&asked).await {
        Ok(_open) => std::future::pending().await,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
