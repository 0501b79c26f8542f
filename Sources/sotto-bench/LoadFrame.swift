import ByteLayout
import Foundation
import Glibc
import RelayWire

/// The WebSocket frame of a put, made once for a mailbox and then only changed in three places: request id, envelope id
/// and the time that its envelope carries.
struct LoadFrame {
  /// Request ids that take four bytes, as the one in the frame does.
  static let firstID: UInt64 = 1 << 21
  /// First bytes of an envelope that tells when it was put.
  private static let mark = [UInt8]("sotto-bench envelope".utf8)

  private(set) var bytes: [UInt8]
  private let idOffset: Int
  private let envelopeIDOffset: Int
  private let timeOffset: Int

  init(mailbox: MailboxID, tag: AdmissionTag) throws {
    var body = [UInt8](repeating: 0, count: 1_024)
    for index in body.indices { body[index] = .random(in: 0...255) }
    body.replaceSubrange(0..<Self.mark.count, with: Self.mark)
    let envelopeID = (0..<16).map { _ in UInt8.random(in: 0...255) }
    let put = PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(try FixedBytes(envelopeID)), tag: tag, envelope: try Envelope(body),
      retention: .month, deletionHash: DeletionHash(FixedBytes()))
    bytes = try Self.bytes(ClientRequest(id: Self.firstID, command: .sender(.put(put))))
    guard let envelopeIDRange = bytes.firstRange(of: envelopeID), let mark = bytes.firstRange(of: Self.mark) else {
      throw LoadFailure("a put without its envelope")
    }
    // Behind the frame's header of eight bytes and the tag of field 1.
    idOffset = 9
    envelopeIDOffset = envelopeIDRange.lowerBound
    timeOffset = mark.upperBound
  }

  /// Makes it the frame of another put, at this time.
  mutating func renew(id: UInt64, at time: UInt64) {
    for index in 0..<4 {
      bytes[idOffset + index] = UInt8(truncatingIfNeeded: id >> (7 * index)) & 0x7F | (index < 3 ? 0x80 : 0)
    }
    bytes.withUnsafeMutableBytes { bytes in
      // The first eight bytes of the id differ for every put; the others are the frame's own.
      bytes.storeBytes(of: UInt64.random(in: 0 ... .max), toByteOffset: envelopeIDOffset, as: UInt64.self)
      bytes.storeBytes(of: time, toByteOffset: timeOffset, as: UInt64.self)
    }
  }

  /// When an envelope was put, by ``Monotonic``.
  static func time(in envelope: Envelope) -> UInt64? {
    guard envelope.data.starts(with: mark) else { return nil }
    return envelope.data.dropFirst(mark.count).prefix(8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
  }

  /// A request as one masked binary frame.
  static func bytes(_ request: ClientRequest) throws(WireError) -> [UInt8] {
    let payload = try FrameCodec.encode(request)
    var frame: [UInt8] = [0x82]
    switch payload.count {
    case ..<126: frame.append(0x80 | UInt8(payload.count))
    case ..<65_536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
      frame.append(0x80 | 127)
      frame += (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    return frame + [0, 0, 0, 0] + payload
  }

  /// Reads the answer to a put without decoding all of it.
  ///
  /// - Returns: the request that it answers.
  /// - Throws: unless the answer is a receipt.
  static func receipt(_ message: UnsafeRawBufferPointer) throws -> UInt64 {
    // Field 1, a varint; then field 30, the receipt.
    guard message.count > 7, message[0] == 0x08, message[5] == 0xF2, message[6] == 0x01 else {
      throw LoadFailure("not a receipt: \(try FrameCodec.decodeFrame([UInt8](message)).event)")
    }
    return (1...4).reduce(0) { $0 | UInt64(message[$1] & 0x7F) << (7 * ($1 - 1)) }
  }
}

/// Nanoseconds since the machine started.
enum Monotonic {
  static func now() -> UInt64 {
    var time = timespec()
    // The clock exists on every Linux: the call cannot fail with a valid pointer.
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
