import Messaging

/// `contact.*`: the people of this account.
enum ContactMethods {
  static let all = [list, get, update, remove, block, unblock]

  static let contact = Schema.Property("contact", .identifier("ct_"), "The contact.")

  private static let list = Method(
    "contact.list", "Lists the contacts, in the order in which they came.", scope: .read,
    parameters: [
      .optional("query", .text(most: 256), "Only those whose name contains this, in either case."),
      .optional("name", .text(most: 256), "Only the one with exactly this name."),
      .optional("limit", .integer(1...1_000), "At most so many; as many as fit without it."),
      .optional("cursor", .identifier("ct_"), "The last one of the page before."),
    ],
    result: .object([
      .init("contacts", .array(InterfaceObject.contactSchema, most: 100_000), "A page of them."),
      .optional("cursor", .identifier("ct_"), "For the next page; missing at the end."),
    ])
  ) { call in
    if let name = call.optionalText("name") {
      do {
        return ["contacts": [InterfaceObject.contact(try await call.read { try $0.contact(named: name) })]]
      } catch MessagingError.unknownContact {
        return ["contacts": []]
      }
    }
    let query = call.optionalText("query")?.lowercased() ?? ""
    let cursor = call.optionalText("cursor") == nil ? 0 : try call.contact("cursor")
    let limit = call.integer("limit").map { Int($0) } ?? .max
    let found = try await call.read { try $0.contacts() }.filter {
      $0.id > cursor && (query.isEmpty || $0.name.lowercased().contains(query))
    }
    var budget = FrameBudget()
    var page: [JSONValue] = []
    for contact in found where budget.isLeft && page.count < limit {
      let json = InterfaceObject.contact(contact)
      budget.spend(on: json)
      page.append(json)
    }
    return .object(present: [
      "contacts": .array(page), "cursor": page.count < found.count ? page.last?["contact"] : nil,
    ])
  }

  private static let get = Method(
    "contact.get", "Returns one contact.", scope: .read, parameters: [contact], result: InterfaceObject.contactSchema,
    errors: [.notFound]
  ) { call in
    let id = try call.contact()
    return try await call.read { messenger in
      InterfaceObject.contact(try known(id, messenger), profile: try messenger.profile(contact: id))
    }
  }

  private static let update = Method(
    "contact.update", "Gives a contact another name; nobody else sees it.", scope: .contacts,
    parameters: [contact, .init("nickname", .text(most: 256), "The name.")], result: InterfaceObject.contactSchema,
    errors: [.notFound, .conflict], mutates: true
  ) { call in
    let (id, name) = (try call.contact(), try call.text("nickname"))
    return try await call.transaction { messenger in
      _ = try known(id, messenger)
      try messenger.rename(contact: id, to: name)
      return InterfaceObject.contact(try known(id, messenger))
    }
  }

  private static let remove = Method(
    "contact.remove",
    "Removes a contact, and destroys here what was said with them. They are not told, and can write to you no more.",
    scope: .contacts,
    parameters: [
      contact, .optional("eraseHistory", .boolean, "Needed when something was said: it is destroyed."),
    ], errors: [.notFound, .conflict], network: .background, mutates: true
  ) { call in
    let (id, erasesHistory) = (try call.contact(), call.flag("eraseHistory"))
    try await call.change { try $0.remove(contact: id, erasesHistory: erasesHistory) }
    return [:]
  }

  private static let block = Method(
    "contact.block", "Shows nothing more of a contact, and sends them nothing. They are not told.", scope: .contacts,
    parameters: [
      contact,
      .optional("cutOff", .boolean, "Also take back their right to write to your mailbox: they notice that."),
    ], result: InterfaceObject.contactSchema, errors: [.notFound], network: .background, mutates: true
  ) { call in
    let (id, cutsOff) = (try call.contact(), call.flag("cutOff"))
    return try await call.transaction { messenger in
      _ = try known(id, messenger)
      try messenger.block(contact: id, cutsOff: cutsOff)
      return InterfaceObject.contact(try known(id, messenger))
    }
  }

  private static let unblock = Method(
    "contact.unblock", "Takes a block or a declined request back.", scope: .contacts, parameters: [contact],
    result: InterfaceObject.contactSchema, errors: [.notFound], network: .background, mutates: true
  ) { call in
    let id = try call.contact()
    return try await call.transaction { messenger in
      _ = try known(id, messenger)
      try messenger.unblock(contact: id)
      return InterfaceObject.contact(try known(id, messenger))
    }
  }

  static func known(_ id: Int64, _ messenger: Messenger) throws -> ContactSummary {
    guard let contact = try messenger.contact(id: id) else { throw MessagingError.unknownContact("") }
    return contact
  }
}
