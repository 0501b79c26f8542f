import ByteLayout
import KeyAgreement
import SecretMemory
import Testing

@Suite("Invites (Protocol §1)") struct InviteLinkTests {
  static let address = AccountTests.text
  static let secret = "QEFCQ0RFRkdISUpLTE1OT8jJysvMzc7P0NHS09TV1tfY2drb3N3e3-Dh4uPk5ebn"
  static let link = "sotto://relay.example.org:443/#\(address)/\(secret)"

  @Test func `an invite comes back from its text`() throws {
    let invite = try InviteLink(text: Self.link)
    #expect(invite.text == Self.link)
    #expect(invite.relay.text == "relay.example.org:443")
    #expect(invite.account == (try AccountID(text: Self.address)))
    #expect(invite.token.array == [UInt8](64..<80))
    #expect(invite.mailbox.array == [UInt8](200..<232))
    let again = InviteLink(
      relay: invite.relay, account: invite.account, token: invite.token, mailbox: invite.mailbox)
    #expect(again == invite)
    let token = try SecretBytes(copying: [UInt8](64..<80))
    #expect(try invite.tag() == DeliveryTags.inviteTag(token: token, mailbox: invite.mailbox))
  }

  @Test(arguments: ["sotto-link", "sottolink", "https", "SOTTO", "Sotto", "mailto", "sotto-device"])
  func `a linking URI and every other scheme is refused as such`(scheme: String) {
    let text = scheme + Self.link.dropFirst("sotto".count)
    #expect(throws: InviteLinkError.otherScheme) { try InviteLink(text: text) }
  }

  @Test(arguments: [
    ("", InviteLinkError.notALink),
    (address, .notALink),
    (" \(link)", .otherScheme),
    ("sotto:\(address)", .otherScheme),
    ("sotto://", .wrongShape),
    ("sotto://relay.example.org:443/\(address)/\(secret)", .wrongShape),
    ("sotto://relay.example.org:443/#\(address)", .wrongShape),
    ("sotto://relay.example.org:443/#\(address)/\(secret)/", .wrongShape),
    ("sotto://relay.example.org:443/x/#\(address)/\(secret)", .wrongShape),
    ("sotto://relay.example.org:443/#\(address.uppercased())/\(secret)", .wrongShape),
    ("sotto://relay.example.org/#\(address)/\(secret)", .relay(.notAllowed(field: "relay address"))),
    ("sotto://Relay.example.org:443/#\(address)/\(secret)", .relay(.notAllowed(field: "relay host"))),
    ("sotto://me@relay.example.org:443/#\(address)/\(secret)", .relay(.notAllowed(field: "relay host"))),
    ("sotto://relay.example.org:443/#\(AccountTests.recovery)/\(secret)", .address(.otherPrefix)),
    ("sotto://relay.example.org:443/#\(address.dropLast())q/\(secret)", .address(.wrongChecksum)),
    ("sotto://relay.example.org:443/#\(address)/", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret.dropLast())", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret)A", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret)AAAA", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret.dropLast(4))", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret.dropLast())=", .wrongSecret),
    ("sotto://relay.example.org:443/#\(address)/\(secret.dropLast())+", .wrongSecret),
    ("\(link)\n", .wrongSecret),
    ("\(link)?x=1", .wrongSecret),
  ])
  func `text that is not exactly an invite is refused`(text: String, reason: InviteLinkError) {
    #expect(throws: reason) { try InviteLink(text: text) }
  }
}
