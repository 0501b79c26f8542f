import DoubleRatchet
import Primitives
import SecretMemory

extension Transcript.State {
  /// Reads a state from its archive format, which is what a node keeps of it.
  init(archive bytes: borrowing SecretBytes) throws {
    let archive = try RatchetStateArchive(decoding: bytes)
    dhs_priv = HexBytes(revealing: archive.ratchetScalar)
    dhs_pub = HexBytes(archive.ratchetKey)
    rk = HexBytes(revealing: archive.rootKey)
    switch archive.sending {
    case .none: throw Failure.cannotSend
    case .some(let sending):
      dhr = HexBytes(sending.remoteKey)
      send = Chain(ck: HexBytes(revealing: sending.chain.key), n: sending.chain.number)
      switch sending.received {
      case .none:
        recv = Nullable(nil)
        pn = 0
        skipped = []
      case .some(let received):
        recv = Nullable(Chain(ck: HexBytes(revealing: received.chain.key), n: received.chain.number))
        pn = received.previousSendingCount
        skipped = received.skipped.map {
          SkippedKey(
            dh: HexBytes($0.identifier.ratchetKey), n: $0.identifier.number, mk: HexBytes(revealing: $0.key.bytes))
        }
      }
    }
  }

  enum Failure: Error {
    /// A transcript shows a responder only once it has received.
    case cannotSend
  }

  /// Names and values, in a fixed order: what a comparison walks through.
  var fields: [(name: String, value: String)] {
    var fields: [(String, String)] = [
      ("rk", rk.description), ("dhs_priv", dhs_priv.description), ("dhs_pub", dhs_pub.description),
      ("dhr", dhr.description), ("send.ck", send.ck.description), ("send.n", "\(send.n)"),
      ("recv.ck", recv.value?.ck.description ?? "null"), ("recv.n", recv.value.map { "\($0.n)" } ?? "null"),
      ("pn", "\(pn)"), ("skipped.count", "\(skipped.count)"),
    ]
    for (index, key) in skipped.enumerated() {
      fields.append(("skipped[\(index)].dh", key.dh.description))
      fields.append(("skipped[\(index)].n", "\(key.n)"))
      fields.append(("skipped[\(index)].mk", key.mk.description))
    }
    return fields
  }
}
