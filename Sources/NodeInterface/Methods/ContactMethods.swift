import Messaging

/// `contact.*`: the people of this account.
enum ContactMethods {
  static let all = [list, get, update, block, unblock]

  static let contact = Schema.Property("contact", .identifier("ct_"), "The contact.")

  private static let list = Method(
    "contact.list", "Lists the contacts, in the order in which they came.", scope: .read,
    parameters: [
      .optional("query", .text(most: 256), "Only those whose name contains this, in either case."),
      .optional("name", .text(most: 256), "Only the one with exactly this name."),
    ],
    result: .object([.init("contacts", .array(InterfaceObject.contactSchema, most: 100_000), "Them.")])
  ) { call in
    if let name = call.optionalText("name") {
      do {
        return ["contacts": [InterfaceObject.contact(try await call.read { try $0.contact(named: name) })]]
      } catch MessagingError.unknownContact {
        return ["contacts": []]
      }
    }
    let query = call.optionalText("query")?.lowercased() ?? ""
    let contacts = try await call.read { try $0.contacts() }
    return [
      "contacts": .array(
        contacts.filter { query.isEmpty || $0.name.lowercased().contains(query) }.map(InterfaceObject.contact))
    ]
  }

  private static let get = Method(
    "contact.get", "Returns one contact.", scope: .read, parameters: [contact], result: InterfaceObject.contactSchema,
    errors: [.notFound]
  ) { call in
    let id = try call.contact()
    return InterfaceObject.contact(try await call.read { try known(id, $0) })
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
