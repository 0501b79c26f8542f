import ArgumentParser
import ByteLayout
import Messaging
import Node
import NodeInterface
import NodeServer

/// `sotto contact list`: all contacts. No network.
struct ContactList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show your contacts.",
    discussion: """
      Shows each contact with its standing and its address. Needs no network.

        sotto contact list
        sotto contact list --json

      A contact is 'accepted', 'adding' (its relay has not been reached yet), or a 'stranger' who used a public invite: \
      strangers get no receipts until you write to them. 'verified' stands where you compared the safety number.
      """)

  @Flag(help: "Print one JSON object a line: account (hex), address, name, status, verified.")
  var json = false

  @OptionGroup var home: HomeOptions

  private struct Object: Encodable {
    let account: String
    let address: String
    let name: String
    let status: String
    let verified: Bool
  }

  func run() async throws {
    if let daemon = try await home.daemonInUse() { return try await show(daemon) }
    let node = try home.openNode()
    let contacts = try await node.withMessenger { try $0.contacts() }
    for contact in contacts {
      let status = contact.status.shownName
      if json {
        try Output.object(
          Object(
            account: Hexadecimal.encode(contact.accountID.array), address: contact.address, name: contact.name,
            status: status, verified: contact.isVerified))
      } else {
        let marks = contact.isVerified ? "\(status), verified" : status
        try Output.line("\(ShownText.name(contact.name))  \(marks)  \(contact.address)")
      }
    }
    if contacts.isEmpty { noteEmpty() }
  }

  private func noteEmpty() {
    Output.note("No contacts yet. Make a link with 'sotto invite', or take one with 'sotto contact add'.")
  }

  /// The same from a running daemon, which has the vault.
  private func show(_ daemon: DaemonClient) async throws {
    let contacts = try await daemon.call("contact.list")["contacts"]?.array ?? []
    for contact in contacts {
      func text(_ name: String) -> String { contact[name]?.string ?? "" }
      let status = text("status") == "own" ? "me" : text("status")
      let isVerified = contact["verified"] == true
      if json {
        try Output.object(
          Object(
            account: text("accountId"), address: text("address"), name: text("name"), status: status,
            verified: isVerified))
      } else {
        let marks = isVerified ? "\(status), verified" : status
        try Output.line("\(ShownText.name(text("name")))  \(marks)  \(text("address"))")
      }
    }
    if contacts.isEmpty { noteEmpty() }
  }
}

extension ContactStatus {
  /// As people see it.
  var shownName: String {
    switch self {
    case .adding: "adding"
    case .accepted: "accepted"
    case .stranger: "stranger"
    case .blocked: "blocked"
    case .declined: "declined"
    case .own: "me"
    }
  }
}
