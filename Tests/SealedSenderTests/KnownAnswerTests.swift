import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import Testing
import Verification

/// Envelopes and ephemeral messages that an independent implementation of C3 and C5 (Python, PyNaCl and hashlib) made
/// from the same inputs.
@Suite struct `Known answers` {
  private let e = FixedRandomness(bytes: (counting(from: 0xb0) as FixedBytes<32>).array)

  @Test func `an envelope is the independent implementation's, byte for byte`() throws {
    let sender = try Sender()
    #expect(
      sender.identity.deviceKey.bytes.description
        == "79b5562e8fe654f94078b112e8a98ba7901f853ae695bed7e0e3910bad049664")
    let payload = [UInt8]("„Grüß dich“, sagte sie sotto voce.".utf8)
    let envelope = try seal(payload, from: sender, randomness: e)
    #expect(envelope.count == 1_024)
    #expect(
      Hexadecimal.encode(envelope[..<37])
        == "0100000007" + "3f3e5f6d86926c9c128cf84581574f96840d98ee5ab53b1ec3b76e2bb25b945e")
    #expect(
      Hexadecimal.encode(envelope[37..<123])
        == "364591cb01b92dd5585f204023a779a84fdedbe3655015f492efe1cad3b2739d42d2be62e25c8898"
        + "ddad6860289fb1522382426328e749f782ff306e4f29e9fe937650b6558a54072892aa51cc8b109ff2aa3f01e558")
    #expect(
      Hexadecimal.encode(envelope[123..<155]) == "91a283c2fa42f8a9c72fb37832b47faf6de27a5c86123e95b334a7c8214615f1")
    #expect(Hexadecimal.encode(envelope[1_008...]) == "7e7d3a44a759f324471a547886c83eb6")
    #expect(
      ContentHash.sha256(envelope).description == "ce5ef7de4712fc5f0ba1594fc474bfb706af27bec5de4e33b266f5cd36d93bdd")
    #expect(try open(envelope) == .opened(sender.identity, .sessionMessage, payload: payload))
  }

  @Test(arguments: [
    (
      885, UInt32(127), EnvelopeKind.sessionStart, UInt32(0xffff_fffe),
      "7a170213671eba870580c700682e00f1d20f5e31c7015e7305c76ee415ee139f"
    ),
    (65_396, 1, .ephemeral, 0, "9bfef428c973f762324216c5bbb423de898746d4251ac2f0010f8ecc9087f04d"),
  ])
  func `larger envelopes have the independent implementation's hash`(
    byteCount: Int, device: UInt32, kind: EnvelopeKind, sealID: UInt32, hash: String
  ) throws {
    let payload = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 * 7) }
    var destination = Destination()
    destination.sealID = sealID
    let envelope = try seal(payload, kind: kind, from: try Sender(device: device), to: destination, randomness: e)
    #expect(ContentHash.sha256(envelope).description == hash)
  }

  @Test func `an ephemeral message is the independent implementation's`() throws {
    let message = try EphemeralMessage.seal(
      key: SecretBytes(copying: (counting(from: 0xc0) as FixedBytes<32>).array), sessionID: counting(from: 0xe0),
      unixMilliseconds: 1_790_000_000_123, content: [0x12, 0x02, 0x08, 0x01],
      randomness: FixedRandomness(bytes: (counting(from: 0x11) as FixedBytes<24>).array))
    #expect(
      Hexadecimal.encode(message) == "01" + "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
        + "1112131415161718191a1b1c1d1e1f202122232425262728"
        + "cc4f7bdd7f6eb8fe76eccc2ad4d3341890b36b2a0f3e904161253eb8")
  }

  @Test func `a session plaintext is the independent implementation's, with and without a sealing key`() throws {
    let marks = (
      ListMark(major: 3, minor: 2, hash16: counting(from: 0x20)),
      ListMark(major: 1, minor: 0, hash16: counting(from: 0x30))
    )
    let prefix =
      "0101" + "0000000300000002" + "202122232425262728292a2b2c2d2e2f" + "0000000100000000"
      + "303132333435363738393a3b3c3d3e3f" + "0000000000000102" + "0000000000000101"
    let plain = try SessionPlaintext(
      kind: .content, ownList: marks.0, yourList: marks.1, pairSeq: 258, pairAck: 257, sealingKey: nil,
      content: [UInt8]("abc".utf8))
    #expect(Hexadecimal.encode(try plain.serialized()) == prefix + "0000" + "616263")

    let key = try keyPair(Destination().sealScalar).publicKey
    let announcing = try SessionPlaintext(
      kind: .content, ownList: marks.0, yourList: marks.1, pairSeq: 258, pairAck: 257,
      sealingKey: SealingKeyAnnouncement(sealID: 7, key: key, secret: nil), content: [UInt8]("abc".utf8))
    #expect(
      Hexadecimal.encode(try announcing.serialized()) == prefix + "0028" + "0001" + "0024" + "00000007"
        + "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f" + "616263")
  }
}
