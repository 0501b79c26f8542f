import ByteLayout
import DoubleRatchet
import KeyAgreement
import MessageContent
import SealedSender

/// The parsers of a node: behind the sealed layer, and of what strangers publish.
enum NodeTargets {
  static func session(_ bytes: [UInt8]) -> String? {
    if let message = try? SessionMessage.parse(bytes[...]) {
      if message.serialized != bytes { return "two spellings of a session message" }
      _ = try? RatchetHeader(message.header)
    }
    // An extension that is not known, and not critical, is not kept: so the meaning is compared, and not the bytes.
    if let plaintext = try? SessionPlaintext.parse(bytes) {
      guard let again = try? plaintext.serialized(), (try? SessionPlaintext.parse(again)) == plaintext else {
        return "a session plaintext is not what it was after encoding"
      }
    }
    _ = try? SessionStart(bytes)
    _ = try? EphemeralMessage.sessionID(of: bytes)
    _ = try? SealedEnvelope.sealID(of: bytes)
    return nil
  }

  static func contact(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    if let link = try? InviteLink(text: text), link.text != text { return "two spellings of an invite" }
    _ = try? SafetyCode(bytes)
    // The account that the lists themselves name: any other would be refused before they are read.
    if bytes.count >= 37, let named = try? FixedBytes<33>(bytes[4..<37]),
      let account = try? AccountID(validating: named)
    {
      _ = try? DeviceLists(verifying: bytes, account: account)
    }
    return nil
  }

  static func content(_ bytes: [UInt8]) -> String? {
    guard case .known(let content) = try? ContentCodec.decode(bytes) else { return nil }
    guard let again = try? ContentCodec.encode(content), case .known(let second) = try? ContentCodec.decode(again),
      (try? ContentCodec.encode(second)) == again
    else { return "a Content is not what it was after encoding" }
    return nil
  }
}
