import Messaging

/// `request.*`: strangers who have written.
enum RequestMethods {
  static let all = [list, accept, decline]

  private static let request = Schema.Property("request", .identifier("ct_"), "The stranger, as request.list names it.")

  private static let list = Method(
    "request.list", "Lists the strangers who wait for an answer, oldest first.", scope: .read,
    result: .object([
      .init("requests", .array(.anyObject, most: 100_000), "Them, as contact.get shows them; waiting counts messages.")
    ])
  ) { call in
    try await call.read { messenger in
      let requests = try messenger.requests().map { contact in
        var shown = InterfaceObject.contact(contact).object ?? [:]
        shown["waiting"] = .integer(try messenger.messages(with: contact.id).count)
        return JSONValue.object(shown)
      }
      return ["requests": .array(requests)]
    }
  }

  private static let accept = Method(
    "request.accept", "Accepts a stranger as a contact. Answering does the same.", scope: .contacts,
    parameters: [request], result: InterfaceObject.contactSchema, errors: [.notFound], network: .background,
    mutates: true
  ) { call in
    let id = try call.contact("request")
    return try await call.transaction { messenger in
      _ = try ContactMethods.known(id, messenger)
      try messenger.acceptRequest(contact: id)
      return InterfaceObject.contact(try ContactMethods.known(id, messenger))
    }
  }

  private static let decline = Method(
    "request.decline", "Destroys what a stranger wrote, and shows nothing more of them. They are not told.",
    scope: .contacts,
    parameters: [request, .optional("action", .choice(["delete", "block"]), "block also blocks the account.")],
    result: InterfaceObject.contactSchema, errors: [.notFound], mutates: true
  ) { call in
    let (id, blocks) = (try call.contact("request"), call.optionalText("action") == "block")
    return try await call.change { messenger in
      _ = try ContactMethods.known(id, messenger)
      try messenger.declineRequest(contact: id)
      if blocks { try messenger.block(contact: id, cutsOff: false) }
      return InterfaceObject.contact(try ContactMethods.known(id, messenger))
    }
  }
}
