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

  static func proof(_ bytes: [UInt8]) -> String? {
    if let proof = try? StoredReceiptProof(bytes), proof.bytes != bytes { return "two spellings of a proof" }
    if let gap = try? LogGap(bytes), gap.bytes != bytes { return "two spellings of a gap" }
    if let checkpoint = try? PageCheckpoint(Data(bytes)), checkpoint.bytes != bytes {
      return "two spellings of a checkpoint"
    }
    return nil
  }
}
