import Ambient
import ByteLayout
import MessageContent
import Primitives

extension Messenger {
  /// Content of this moment with an id of its own.
  func encode(_ kind: Content.Kind) throws -> [UInt8] {
    try encode(kind, id: environment.randomness.fixed(), sentAt: now.milliseconds)
  }

  func encode(
    _ kind: Content.Kind, id: FixedBytes<16>, sentAt milliseconds: Int64, expiry: Expiry = .never
  ) throws -> [UInt8] {
    try ContentCodec.encode(Content(id: MessageID(id), sentAtMilliseconds: milliseconds, expiry: expiry, kind: kind))
  }
}
