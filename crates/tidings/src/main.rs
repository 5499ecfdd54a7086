//! The `tidings` binary.

fn main() {
    let mut args = std::env::args_os().skip(1);
    // Before anything is set up: the child process must restrict itself while it has one thread.
    if args.next().is_some_and(|command| command == "plugin-host") {
        std::process::exit(tidings_plugin_host::main(args));
    }
}
