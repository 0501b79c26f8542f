/// Why a command did not succeed: one sentence on what happened, one on what to do next. Never the content of a message.
struct CommandFailure: Error, Hashable, Sendable {
  let exit: ExitStatus
  let what: String
  let next: String

  init(_ exit: ExitStatus, _ what: String, next: String) {
    self.exit = exit
    self.what = what
    self.next = next
  }
}

extension CommandFailure {
  static func noAccount(at directory: String) -> Self {
    Self(
      .notFound, "There is no account in \(directory).",
      next: "Make one with 'sotto init --relay ws://127.0.0.1:8440 --name NAME', or name its folder with SOTTO_HOME.")
  }

  static let vaultCopied = Self(
    .conflict,
    "The relay says that this vault is a copy, or an older state, of one that has been used since; nothing is sent from it.",
    next: "Go on with the other copy. If there is none any more, take this one over with 'sotto vault adopt'.")

  /// Something was to be sent, and a relay is away.
  static func kept(_ kept: String, unreachable hosts: Set<String>) -> Self {
    let names = hosts.filter { !$0.isEmpty }.sorted().joined(separator: ", ")
    let relays = hosts.count > 1 ? "The relays \(names)" : "The relay \(names)"
    return Self(
      .network, "\(relays) cannot be reached, or not used. \(kept) is kept.",
      next: "It goes out with the next command that reaches the relay: try 'sotto receive' later. Do not send it again."
    )
  }

  /// Something was to be sent, and the relay did not take it in time.
  static func kept(_ kept: String, after limit: Duration) -> Self {
    Self(
      .timedOut, "No relay has confirmed it within \(limit.components.seconds) s. \(kept) is kept.",
      next: "It goes out with the next command that reaches the relay: try 'sotto receive' later. Do not send it again."
    )
  }
}
