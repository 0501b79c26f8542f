import Primitives
import SecretMemory

// The post-quantum part of an archive. Lengths follow from the phase and, for a collection, from its bits:
//
//   phase u8 ‖ epoch u32 ‖ root(32) ‖ sending ck(32) ‖ number u32 ‖ receiving ck(32) ‖ number u32
//   0 offering    ‖ seed(64) ‖ ek(1 184) ‖ next u8 ‖ collection of ct
//   1 confirming  ‖ the peer's ck(32)
//   2 collecting  ‖ collection of ek
//   3 answering   ‖ ct(1 088) ‖ next u8 ‖ own ck(32) ‖ the peer's ck(32)
//   collection = bits u64 ‖ the units that are there, ascending, 32 bytes each

extension SparseRatchet {
  /// How many bytes ``write(with:to:)`` writes.
  var archiveByteCount: Int {
    let common = 1 + 4 + 32 + 2 * (32 + 4)
    return switch phase {
    case .offering(let offer):
      common + MLKEMParameters.seedByteCount + Self.parameters.publicKeyByteCount + 1
        + offer.ciphertext.archiveByteCount
    case .confirming: common + 32
    case .collecting(let collection): common + collection.archiveByteCount
    case .answering: common + Self.parameters.ciphertextByteCount + 1 + 2 * 32
    }
  }

  func write(with writer: inout ArchiveWriter, to output: inout MutableRawSpan) {
    writer.byte(phaseByte, to: &output)
    writer.integer(epoch, to: &output)
    writer.secret(root.bytes, to: &output)
    for chain in [sending, receiving] {
      writer.secret(chain.key.bytes, to: &output)
      writer.integer(chain.number, to: &output)
    }
    switch phase {
    case .offering(let offer):
      writer.secret(offer.seed.bytes, to: &output)
      writer.bytes(offer.encapsulationKey.value(Self.parameters.publicKeyByteCount), to: &output)
      writer.byte(UInt8(truncatingIfNeeded: offer.encapsulationKey.next), to: &output)
      writer.collection(offer.ciphertext, to: &output)
    case .confirming(let chain): writer.secret(chain.key.bytes, to: &output)
    case .collecting(let collection): writer.collection(collection, to: &output)
    case .answering(let answer):
      writer.bytes(answer.ciphertext.value(Self.parameters.ciphertextByteCount), to: &output)
      writer.byte(UInt8(truncatingIfNeeded: answer.ciphertext.next), to: &output)
      writer.secret(answer.sending.key.bytes, to: &output)
      writer.secret(answer.receiving.key.bytes, to: &output)
    }
  }

  private var phaseByte: UInt8 {
    switch phase {
    case .offering: 0
    case .confirming: 1
    case .collecting: 2
    case .answering: 3
    }
  }

  /// - Throws: ``RatchetError/malformedArchive`` for what a ratchet cannot be.
  init(reading reader: inout ArchiveReader, in archive: borrowing SecretBytes) throws(RatchetError) {
    let phaseByte = try reader.integer(UInt8.self, in: archive)
    epoch = try reader.integer(UInt32.self, in: archive)
    root = EpochSecret(try reader.secret(in: archive))
    sending = try reader.epochChain(in: archive)
    receiving = try reader.epochChain(in: archive)
    switch phaseByte {
    case 0:
      let seed = EpochSecret(try reader.secret(MLKEMParameters.seedByteCount, in: archive))
      let encapsulationKey = try reader.fragmentedValue(Self.parameters.publicKeyByteCount, in: archive)
      phase = .offering(
        Offer(
          seed: seed, encapsulationKey: encapsulationKey, ciphertext: try reader.collection(in: archive)))
    case 1:
      // The epoch in which it sends has a number.
      guard epoch < .max else { throw .malformedArchive }
      phase = .confirming(EpochChain(try reader.secret(in: archive)))
    case 2: phase = .collecting(try reader.collection(in: archive))
    case 3:
      guard epoch < .max else { throw .malformedArchive }
      let ciphertext = try reader.fragmentedValue(Self.parameters.ciphertextByteCount, in: archive)
      let sending = EpochChain(try reader.secret(in: archive))
      phase = .answering(
        Answer(ciphertext: ciphertext, sending: sending, receiving: EpochChain(try reader.secret(in: archive))))
    default: throw .malformedArchive
    }
  }
}

extension FragmentCollection {
  fileprivate var archiveByteCount: Int { 8 + received.nonzeroBitCount * Fragment.unitByteCount }
}

extension ArchiveWriter {
  fileprivate mutating func bytes(_ value: [UInt8], to output: inout MutableRawSpan) {
    for byte in value { self.byte(byte, to: &output) }
  }

  fileprivate mutating func collection(_ collection: FragmentCollection, to output: inout MutableRawSpan) {
    integer(collection.received, to: &output)
    bytes(collection.units, to: &output)
  }
}

extension ArchiveReader {
  fileprivate mutating func epochChain(in archive: borrowing SecretBytes) throws(RatchetError) -> EpochChain {
    let key = try secret(in: archive)
    return EpochChain(key, number: try integer(UInt32.self, in: archive))
  }

  fileprivate mutating func fragmentedValue(
    _ byteCount: Int, in archive: borrowing SecretBytes
  ) throws(RatchetError) -> FragmentedValue {
    let value = try publicBytes(byteCount, in: archive)
    let next = Int(try integer(UInt8.self, in: archive))
    guard next < Fragment.unitCount else { throw .malformedArchive }
    return FragmentedValue(value, next: next)
  }

  fileprivate mutating func collection(in archive: borrowing SecretBytes) throws(RatchetError) -> FragmentCollection {
    let received = try integer(UInt64.self, in: archive)
    let byteCount = received.nonzeroBitCount * Fragment.unitByteCount
    guard let collection = FragmentCollection(received: received, units: try publicBytes(byteCount, in: archive)) else {
      throw .malformedArchive
    }
    return collection
  }
}
