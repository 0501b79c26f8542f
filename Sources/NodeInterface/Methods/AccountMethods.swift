import ByteLayout
import Messaging

/// `account.*`: who this node is.
enum AccountMethods {
  static let all = [get]

  private static let get = Method(
    "account.get", "Says who this account is.", scope: .read,
    result: .object([
      .init("account", .identifier("ac_"), "Its id in this interface."),
      .init("name", .text(), "What it calls itself."),
      .init("address", .text(), "The account for people, sotto1…."), .init("device", .integer(), "This device."),
      .init("fingerprint", .text(), "The hash of the newest device list, in hex."),
      .init("relays", .array(.text()), "Where its mailboxes are."),
    ])
  ) { call in
    let account = try await call.read { try $0.ownAccount() }
    return [
      "account": .string(account.interfaceID), "name": .string(account.name), "address": .string(account.address),
      "device": .integer(Int64(account.device)), "fingerprint": .string(Hexadecimal.encode(account.listHash.array)),
      "relays": .strings(account.mailboxes.map(\.host)),
    ]
  }
}

extension OwnAccount {
  /// The first 8 bytes of the account id in hex.
  var interfaceID: String { InterfaceID.account.rawValue + Hexadecimal.encode(accountID.array.prefix(8)) }
}
