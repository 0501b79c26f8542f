import ByteLayout
import MessageContent
import Messaging

/// `account.*`: who this node is.
enum AccountMethods {
  static let all = [get, update]

  private static let account = Schema.object([
    .init("account", .identifier("ac_"), "Its id in this interface."),
    .init("accountId", .text(), "The account, 33 bytes in hex."),
    .init("name", .text(), "What it calls itself."), .init("about", .text(), "What it says about itself."),
    .init("bot", .boolean, "Whether it is marked as a bot; bot.commands.get tells the menu."),
    .init("address", .text(), "The account for people, sotto1…."), .init("device", .integer(), "This device."),
    .init("deviceKey", .text(), "Its key, 32 bytes in hex."),
    .init("fingerprint", .text(), "The hash of the newest device list, in hex."),
    .init("mailbox", .text(), "The first mailbox, 32 bytes in hex."),
    .init("relays", .array(.text()), "Where its mailboxes are."),
    .init("readReceipts", .boolean, "Whether contacts are told what was read, and tell."),
    .init("defaultTimer", InterfaceObject.timerSchema, "Of conversations that begin."),
  ])

  private static let get = Method(
    "account.get", "Says who this account is.", scope: .read, result: account
  ) { call in try await call.read(shown) }

  private static let update = Method(
    "account.update", "Changes what this account tells others.", scope: .admin,
    parameters: [
      .optional("name", .text(most: 128), "What it calls itself."),
      .optional("about", .text(most: ContentLimits.aboutByteCount), "One line about it; empty: nothing."),
      .optional("bot", .boolean, "Mark it as a bot, or not any more: then its menu goes too."),
      .optional("readReceipts", .boolean, "Tell contacts what was read, and see what they have read."),
    ],
    result: account, network: .background, mutates: true
  ) { call in
    let readReceipts = call.value("readReceipts")?.bool
    let change = ProfileChange(
      name: call.optionalText("name"), about: call.optionalText("about"), isBot: call.value("bot")?.bool)
    return try await call.transaction { messenger in
      if let readReceipts { try messenger.setReadReceipts(readReceipts) }
      do { try messenger.changeProfile(change) } catch MessagingError.unusableName {
        throw InterfaceError.parameter("name", expected: "a name with a visible character")
      }
      return try shown(messenger)
    }
  }

  @Sendable private static func shown(_ messenger: Messenger) throws -> JSONValue {
    let (account, profile) = (try messenger.ownAccount(), try messenger.ownProfile())
    return [
      "account": .string(account.interfaceID), "accountId": .string(Hexadecimal.encode(account.accountID.array)),
      "name": .string(account.name), "about": .string(profile.about), "bot": .bool(profile.isBot),
      "address": .string(account.address), "device": .integer(Int64(account.device)),
      "deviceKey": .string(Hexadecimal.encode(account.deviceKey.array)),
      "fingerprint": .string(Hexadecimal.encode(account.listHash.array)),
      "mailbox": .string(Hexadecimal.encode(account.firstMailbox?.array ?? [])),
      "relays": .strings(account.mailboxes.map(\.host)), "readReceipts": .bool(try messenger.readReceipts()),
      "defaultTimer": InterfaceObject.timer(try messenger.defaultTimer()),
    ]
  }
}

extension OwnAccount {
  /// The first 8 bytes of the account id in hex.
  var interfaceID: String { InterfaceID.account.rawValue + Hexadecimal.encode(accountID.array.prefix(8)) }
}
