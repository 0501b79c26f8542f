import NodeInterface

/// The account as a terminal shows it.
enum AccountLines {
  static func lines(_ account: JSONValue) -> [String] {
    func text(_ name: String) -> String { account[name]?.string ?? "" }
    let relay = account["relays"]?.array?.first?.string ?? ""
    return [
      "name     \(ShownText.name(text("name")))", "address  \(text("address"))",
      "device   \(account["device"]?.integer ?? 0), key \(text("deviceKey"))", "devices  \(text("fingerprint"))",
      "mailbox  \(text("mailbox")) at \(ShownText.path(relay))",
    ]
  }
}
