import ArgumentParser
import Foundation
import WipingFree

/// The command line of a node.
@main
struct Sotto: AsyncParsableCommand {
  /// Name and version of the program.
  static let version = "sotto 0.1"

  static let configuration = CommandConfiguration(
    commandName: "sotto",
    abstract: "Write to people so that only they can read it.",
    discussion: """
      A node keeps your account, your contacts and your messages in an encrypted vault on this machine, and hands sealed \
      envelopes to relays that cannot open them. Begin like this, with a relay at ws://127.0.0.1:8440:

        sotto init --relay ws://127.0.0.1:8440 --name Alice
        sotto invite                        prints a link; give it to Bob

      Bob, who has a node of his own, takes the link and writes:

        sotto contact add 'sotto://…' --as Alice
        sotto send Alice Grüezi
        sotto send Alice 'Look at this' --file picture.png

      And Alice sees it, answers, and looks how far her answer has come:

        sotto receive --save ~/Downloads
        sotto send Bob Merci
        sotto messages Bob                  ✓ stored, ✓✓ delivered, ✓✓ read

      'sotto help COMMAND' tells more about each command.

      Where things are: the vault in --home, SOTTO_HOME or ~/.local/share/sotto; its key file in ~/.config/sotto (or \
      SOTTO_KEY_FILE), unless 'sotto init --passphrase' made it ask for a passphrase (SOTTO_PASSPHRASE_FILE names a file \
      with it). SOTTO_RECEIPTS=instant sends receipts at once; 'grid', the default, waits up to 20 s so that their time \
      tells nobody when you were there.

      Relays on other machines are reached with TLS, wss://HOST:PORT. SOTTO_TLS_CA_FILE names a file with certificates to \
      trust beside the system's, for a private relay. SOTTO_TLS_PIN_SHA256=HOST:PORT=SHA256 accepts one \
      public key only of that relay. SOTTO_SOCKS=127.0.0.1:9050 sends everything through a SOCKS 5 proxy \
      such as Tor, and allows onion addresses.

      Every command asks 'sotto daemon' when one has the vault, and opens the vault itself when none does.

      How it ends: 0 done, 1 failed, 2 not understood, 3 no daemon, 4 not allowed, 5 too many calls, 6 untrusted identity, \
      7 no such contact or account, 8 conflict, 9 relay not reached (what \
      was to be sent is kept, and goes out with the next command that reaches it), 10 vault in use or damaged, 11 took too \
      long, 130 Ctrl-C.
      """,
    version: version,
    subcommands: [
      Init.self, WhoAmI.self, Invite.self, Contact.self, Send.self, Receive.self, Messages.self, Chat.self, Search.self,
      Mute.self,
      Archive.self, MessageCommand.self, AttachmentCommand.self, Timer.self, Delete.self, Open.self, Request.self,
      Secret.self, Settings.self, ProfileCommand.self, Bot.self, VaultCommand.self,
      ConfigCommand.self, DaemonCommand.self, Stdio.self, RPC.self, EventsCommand.self, TokenCommand.self,
      Completion.self,
      Generate.self,
    ])

  static func main() async {
    Interruption.install()
    if !wipes_freed_memory() {
      Output.note("sotto: this build does not overwrite the memory that it frees.")
    }
    do {
      var command = try parseAsRoot()
      _ = try NodeConfiguration.environment()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      Foundation.exit(report(error).rawValue)
    }
  }

  /// Tells a person what went wrong, on standard error.
  private static func report(_ error: any Error) -> ExitStatus {
    if let failure = CommandFailure(error) {
      Output.note("sotto: \(failure.what)\n       \(failure.next)")
      return failure.exit
    }
    switch exitCode(for: error) {
    case .success: exit(withError: error)  // --help and --version
    case .failure:
      // Its type and nothing of its content: that could be anything.
      Output.note(
        "sotto: Something unexpected happened (\(type(of: error))).\n       Repeat the command; please report it if it happens again."
      )
      return .failed
    default:
      Output.note(fullMessage(for: error))
      return .usage
    }
  }
}
