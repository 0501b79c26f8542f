import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import Testing
import Verification

/// Byte-exact answers computed by an independent script (hashlib, hmac and PyNaCl) from the layouts alone.
///
/// Every key comes from 32 equal bytes: Alice's root 01, device 02; Bob's root 03, device 04, signed prekey 05, one-time
/// prekey 06, sealing key 07; the ephemeral key 08, the published item's nonce 09.
@Suite("Known answers in suite 1 (C1, C2, C4, C6)") struct KnownAnswerTests {
  let alice: Person
  let bob: Person

  init() throws {
    alice = try Person(
      root: RepeatedByte(byte: 1), device: RepeatedByte(byte: 2), prekey: RepeatedByte(byte: 0x15),
      oneTime: RepeatedByte(byte: 0x16), seal: RepeatedByte(byte: 0x17),
      route: try RelayRoute(
        host: "relay.example.org:443", relayKey: try FixedBytes([UInt8](repeating: 0x41, count: 32)),
        mailbox: try FixedBytes([UInt8](repeating: 0x81, count: 32))), suites: .x3dhOnly)
    bob = try Person(
      root: RepeatedByte(byte: 3), device: RepeatedByte(byte: 4), prekey: RepeatedByte(byte: 5),
      oneTime: RepeatedByte(byte: 6), seal: RepeatedByte(byte: 7),
      route: try RelayRoute(
        host: "127.0.0.1:8440", relayKey: try FixedBytes([UInt8](repeating: 0x43, count: 32)),
        mailbox: try FixedBytes([UInt8](repeating: 0x83, count: 32))), suites: .x3dhOnly)
  }

  @Test func `device lists are these bytes`() {
    #expect(alice.lists.current.signedBytes.count == 356)
    #expect(
      alice.lists.current.hash.description == "125b42db516ddcb39bdb8d2a26d7402f3a1007e7dede1d93399d271eb6d87120")
    #expect(bob.lists.current.signedBytes.count == 349)
    #expect(bob.lists.current.hash.description == "2962d90ced6ca0f040cfa4591d6baf3b33bcde68bff46a35b5d70dd6bcfaa6d6")
  }

  @Test func `bundle and one-time record are these bytes`() {
    #expect(bob.bundle.signedBytes.count == 282)
    #expect(bob.bundle.hash.description == "33a539c739203f81026b6438d163c54ae8a80fa923e91d2b91ca929ac31d8c7e")
    #expect(bob.recordBytes.count == 101)
    #expect(
      ContentHash.sha256(bob.recordBytes).description
        == "48984639e438190a5faff8f20f0f1e8cc81dda7016db217f3ec27e83c908be89")
  }

  @Test func `a session with a one-time prekey has these secrets`() throws {
    let begun = try InitiatorHandshake.begin(
      own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: bob.record,
      now: issued, newestBundleIDSeen: nil, replaces: nil, lists: alice.lists, lowestSuite: .x3dh,
      randomness: RepeatedByte(byte: 8))
    expect(
      begun, start: "cf83fb3503aa2d5c8a8c5dcadb3c0b6d56694796339801035c2dd77842a22072",
      cutStart: "d02ccd58085b200f6c33ab3f889878071173884eed87f5a7ffa9289608d45527",
      context: "7970132e1125e49071a4fa9ccc9e23866b599c97cee5c3ee37748916ac844868",
      sharedSecret: "fed1ac2621a3ccd7c84deb82a020754e3c2b7bf5177e78c4a995e2a990ba7ffc",
      exporters: [
        "d6428b226d67a1b41770912f7776192e7e38706d0f96ae61f435808d39ecfa31",
        "777fd5f7ccf7e149c6f43cb56b2f598a39714b17a7e190ee43b584850f689b45",
        "ec1deb5cd7a25a36aca58b5f2adfdbebfa1f17d17d2e009e09ae7f1cd3eddecf",
      ])
  }

  @Test func `a secret chat's session without one has these secrets`() throws {
    let begun = try InitiatorHandshake.begin(
      own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
      now: issued, newestBundleIDSeen: nil, purpose: .secretChat,
      purposeID: try FixedBytes([UInt8](repeating: 0x11, count: 16)),
      replaces: SessionID(try FixedBytes([UInt8](repeating: 0x22, count: 16))), lists: alice.lists,
      lowestSuite: .x3dh, randomness: RepeatedByte(byte: 8))
    expect(
      begun, start: "1a73c76c2e3348dac04affcb9cc428e6e2a92eba283ace92fc4e95c8b003ef13",
      cutStart: "993a25bacb283b259319b893423234689a017c7937ae3e481e30f1f8fbc42427",
      context: "d908dadadc30d50a747a82d0f9896a5c2858745a334931ed0255eecefbdae062",
      sharedSecret: "d01f7a6a6d8d51d1949afaf916a346a711108651bf3fec8317106735d3b5daa8",
      exporters: [
        "9d04dde5d32ba2bbc7e6962e4eabe15441a54c912049234893b9180ef501a1d6",
        "08119a34336c57095c4d7814363e6affce76f2ff3051b47638cfd91428a3de0e",
        "ba9d2a2d1b27cf991a57123f4439ff1ff84fca4219e22f9696f29a0897ed6d36",
      ])
  }

  @Test func `a published item is these bytes`() throws {
    let mailbox = try FixedBytes<32>([UInt8](0..<32))
    let item = try PublishedItem.seal(
      bob.recordBytes, kind: .oneTimePrekey, account: alice.account, mailbox: mailbox,
      randomness: RepeatedByte(byte: 9))
    #expect(item.count == 168)
    #expect(
      ContentHash.sha256(item).description == "9635779e92f7332b9a1c7355cb64b15ee5aa49004b03e7318ce028ca2df0c74e")
  }

  private func expect(
    _ begun: borrowing InitiatedSession, start: String, cutStart: String, context: String, sharedSecret: String,
    exporters: [String]
  ) {
    let (full, cut) = (begun.start.bytes, begun.start.replacing(lists: nil).bytes)
    #expect(ContentHash.sha256(full).description == start)
    #expect(ContentHash.sha256(cut).description == cutStart)
    let data = begun.secrets.associatedData
    #expect(
      Hexadecimal.encode(data)
        == "06\(alice.identity.deviceKey.bytes)06\(bob.identity.deviceKey.bytes)\(context)")
    let id = begun.secrets.sessionID.bytes.description
    #expect(id == context.prefix(32))
    let computed = hexadecimal(begun.secrets.sharedSecret)
    #expect(computed == sharedSecret)
    let exported = [
      hexadecimal(begun.secrets.exporterInitiatorToResponder),
      hexadecimal(begun.secrets.exporterResponderToInitiator), hexadecimal(begun.secrets.picture),
    ]
    #expect(exported == exporters)
  }
}
