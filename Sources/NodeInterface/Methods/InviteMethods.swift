import Ambient
import Messaging
import Node

/// `invite.*`: links by which people become contacts.
enum InviteMethods {
  static let all = [create, list, revoke, inspect, accept]

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
    errors: [.timeout, .conflict, .relayUnreachable, .relayRejected], network: .interactive, mutates: true
  ) { call in
    let kind: InviteKind = try call.text("kind") == "multi" ? .open : .single
    return ["link": .string(try await call.context.node.newInvite(kind, timeLimit: timeLimit))]
  }

  private static let list = Method(
    "invite.list", "Lists the links that still let somebody in, oldest first.", scope: .contacts,
    result: .object([
      .init(
        "invites",
        .array(
          .object([
            .init("invite", .identifier("in_"), "Its id."), .init("kind", .choice(["single", "multi"]), "For whom."),
            .init("createdAt", .integer(), "In ms."), .init("expiresAt", .integer(), "In ms."),
            .optional("link", .text(), "The link; missing while the relay does not know it."),
          ]), most: 10_000), "Them.")
    ])
  ) { call in
    try await call.read { messenger in
      let invites = try messenger.openInvites().map { invite in
        JSONValue.object(present: [
          "invite": .string(InterfaceID.invite.text(invite.id)),
          "kind": .string(invite.kind == .open ? "multi" : "single"),
          "createdAt": .integer(invite.createdAt.milliseconds), "expiresAt": .integer(invite.expiresAt.milliseconds),
          "link": try messenger.inviteLink(invite.id).map(JSONValue.string),
        ])
      }
      return ["invites": .array(invites)]
    }
  }

  private static let revoke = Method(
    "invite.revoke", "Takes a link back: nobody comes by it any more. Who has come stays.", scope: .contacts,
    parameters: [.init("invite", .identifier("in_"), "The invite, as invite.list names it.")],
    errors: [.notFound], network: .background, mutates: true
  ) { call in
    let id = try InterfaceID.invite.row(try call.text("invite"), at: "invite")
    return try await call.transaction { messenger in
      guard try messenger.revokeInvite(id) else { throw InterfaceError(.notFound, "There is no such open invite.") }
      return [:]
    }
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
    parameters: [
      link, .optional("nickname", .text(most: 256), "What you call them."),
      .optional("waitMs", .integer(0...600_000), "How long to wait for the introduction to be stored; 0 without it."),
    ],
    result: .object([
      .init("contact", .identifier("ct_"), "The new contact."), .init("name", .text(), "What you call them."),
      .init("chat", .identifier("ch_"), "The conversation with them."),
      .init("address", .text(), "The account, sotto1…."),
      .init("introduced", .boolean, "Whether the other side's relay has the introduction."),
      .init("unreachable", .array(.text()), "The relays that keep it from going out, as far as that was waited for."),
    ]), errors: [.conflict], network: .background, mutates: true
  ) { call in
    let (link, nickname) = (try call.text("link"), call.optionalText("nickname"))
    let others = try await call.read { try $0.outboxCount() }
    let result = try await call.transaction { messenger in
      guard try !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let contact = try messenger.addContact(invite: link, as: nickname)
      return [
        "contact": .string(InterfaceID.contact.text(contact.id)), "name": .string(contact.name),
        "chat": .string(InterfaceID.chat.text(try messenger.directConversation(with: contact.id))),
        "address": .string(contact.address), "introduced": false, "unreachable": [],
      ]
    }
    guard let limit = call.integer("waitMs"), limit > 0, var members = result.object,
      let id = members["contact"]?.string
    else { return result }
    let contact = try InterfaceID.contact.row(id, at: "contact")
    // What waits for other relays does not hold this up.
    let isIntroduced: @Sendable (Messenger) throws -> Bool = { messenger in
      try messenger.contact(id: contact)?.status != .adding && messenger.outboxCount() <= others
    }
    let outcome = try await call.context.node.settle(timeLimit: .milliseconds(limit), until: isIntroduced)
    members["introduced"] = .bool(try await call.read(isIntroduced))
    members["unreachable"] = .strings(outcome.unreachableHosts)
    return .object(members)
  }
}
