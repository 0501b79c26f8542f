import ByteLayout
import Foundation
import RelayProofs
import RelayWire

/// The parsers between nodes and relays. Refusals are dropped here: they are what a parser is for.
enum RelayTargets {
  static func request(_ bytes: [UInt8]) -> String? {
    guard let received = try? FrameCodec.decodeRequest(bytes), case .success(let command) = received.command else {
      return nil
    }
    guard let again = try? FrameCodec.encode(ClientRequest(id: received.id, command: command)),
      let second = try? FrameCodec.decodeRequest(again), case .success(command) = second.command,
      second.id == received.id
    else { return "a request is not what it was after encoding" }
    return nil
  }

  static func event(_ bytes: [UInt8]) -> String? {
    guard let frame = try? FrameCodec.decodeFrame(bytes) else { return nil }
    guard let again = try? FrameCodec.encode(frame), (try? FrameCodec.decodeFrame(again)) == frame else {
      return "a frame is not what it was after encoding"
    }
    return nil
  }

  static func body(_ bytes: [UInt8]) -> String? {
    guard let frames = try? DelimitedFrames.decode(bytes) else { return nil }
    if DelimitedFrames.encode(frames) != bytes { return "two spellings of a body" }
    for frame in frames {
      if let failure = request(frame) { return failure }
    }
    return nil
  }

  /// day(4) ‖ nonce(8), for an envelope of zeros on a day.
  static func work(_ bytes: [UInt8]) -> String? {
    guard let work = try? ProofOfWork(Data(bytes)) else { return nil }
    if [UInt8](work.data) != bytes { return "two spellings of work" }
    let asked = RequestWork(
      relayKey: RelayKey(FixedBytes()), mailbox: MailboxID(FixedBytes()), envelopeID: EnvelopeID(FixedBytes()))
    let day = UInt32(20_000)
    let isNear = work.day.distance(to: day).magnitude <= 1
    if asked.isDone(by: work, bits: 0, today: day) != isNear { return "no work was asked for, and not taken" }
    if asked.isDone(by: work, bits: 8, today: day), !asked.isDone(by: work, bits: 7, today: day) {
      return "more work is worth less"
    }
    return nil
  }

  static func proof(_ bytes: [UInt8]) -> String? {
    if let proof = try? StoredReceiptProof(bytes), proof.bytes != bytes { return "two spellings of a proof" }
    if let gap = try? LogGap(bytes), gap.bytes != bytes { return "two spellings of a gap" }
    if let checkpoint = try? PageCheckpoint(Data(bytes)), checkpoint.bytes != bytes {
      return "two spellings of a checkpoint"
    }
    return nil
  }
}
