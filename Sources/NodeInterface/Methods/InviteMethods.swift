import Messaging
import Node

/// `invite.*`: links by which people become contacts.
enum InviteMethods {
  static let all = [create, inspect, accept]

  /// How long the own relay may take to register an invite.
  private static let timeLimit = Duration.seconds(30)

  private static let create = Method(
    "invite.create", "Makes a link by which others can write to this account. It is good for 30 days.",
    scope: .contacts,
    parameters: [
      .init(
        "kind", .choice(["single", "multi"]),
        "single: whoever uses it first is a contact. multi: whoever uses it is a stranger until you accept.")
    ],
    result: .object([.init("link", .text(), "What the other side takes with invite.accept.")]),
    errors: [.timeout, .conflict], network: .interactive, mutates: true
  ) { call in
    let kind: InviteKind = try call.text("kind") == "multi" ? .open : .single
    return ["link": .string(try await call.context.node.newInvite(kind, timeLimit: timeLimit))]
  }

  private static let link = Schema.Property("link", .text(most: 2_048), "The whole link, sotto://HOST:PORT/#…")

  private static let inspect = Method(
    "invite.inspect", "Says where a link leads, and does nothing.", scope: .contacts, parameters: [link],
    result: .object([
      .init("address", .text(), "The account, sotto1…."), .init("relay", .text(), "HOST:PORT of its relay."),
    ])
  ) { call in
    let text = try call.text("link")
    let invite = try await call.read { try $0.inspectInvite(text) }
    return ["address": .string(invite.address), "relay": .string(invite.relay)]
  }

  private static let accept = Method(
    "invite.accept", "Takes an invite: adds the contact, and introduces this account to it.", scope: .contacts,
    parameters: [link, .optional("nickname", .text(most: 256), "What you call them.")],
    result: .object([
      .init("contact", .identifier("ct_"), "The new contact."), .init("name", .text(), "What you call them."),
      .init("chat", .identifier("ch_"), "The conversation with them."),
    ]), errors: [.conflict], network: .background, mutates: true
  ) { call in
    let (link, nickname) = (try call.text("link"), call.optionalText("nickname"))
    return try await call.transaction { messenger in
      guard try !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let contact = try messenger.addContact(invite: link, as: nickname)
      return [
        "contact": .string(InterfaceID.contact.text(contact.id)), "name": .string(contact.name),
        "chat": .string(InterfaceID.chat.text(try messenger.directConversation(with: contact.id))),
      ]
    }
  }
}
