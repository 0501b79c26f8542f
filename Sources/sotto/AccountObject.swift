import ByteLayout
import Messaging
import RelayWire

/// The account as `--json` prints it.
struct AccountObject: Encodable {
  /// The account id, 33 bytes in hex.
  let account: String
  /// The same for people, `sotto1…`.
  let address: String
  let device: UInt32
  /// 32 bytes in hex.
  let deviceKey: String
  /// The hash of the newest device list, 32 bytes in hex: what a contact may be asked to accept.
  let devices: String
  /// The first mailbox, 32 bytes in hex.
  let mailbox: String
  let name: String
  /// `HOST:PORT` of the first mailbox.
  let relay: String
  /// Only from `init`, and only once.
  let recovery: String?

  init(_ account: OwnAccount, recovery: String? = nil) {
    self.account = Hexadecimal.encode(account.accountID.array)
    address = account.address
    device = account.device
    deviceKey = Hexadecimal.encode(account.deviceKey.array)
    devices = Hexadecimal.encode(account.listHash.array)
    mailbox = Hexadecimal.encode(account.mailboxes.first?.mailbox.bytes.array ?? [])
    name = account.name
    relay = account.mailboxes.first?.host ?? ""
    self.recovery = recovery
  }

  /// The lines for people.
  var lines: [String] {
    [
      "name     \(ShownText.name(name))", "address  \(address)", "device   \(device), key \(deviceKey)",
      "devices  \(devices)", "mailbox  \(mailbox) at \(relay)",
    ]
  }
}
