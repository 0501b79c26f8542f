import ByteLayout
import Primitives
package import SecretMemory

extension RatchetStateArchive {
  /// The bytes of the layout.
  ///
  /// - Throws: ``RatchetError/primitive(_:)`` when there is no secret memory for it.
  package borrowing func encoded() throws(RatchetError) -> SecretBytes {
    do throws(SecretMemoryError) {
      return try SecretBytes(byteCount: byteCount) { output in
        var writer = ArchiveWriter()
        write(with: &writer, to: &output)
      }
    } catch {
      throw .primitive(.secretMemory(error))
    }
  }

  private var byteCount: Int {
    var count = 1 + (sparse?.archiveByteCount ?? 0) + 1 + 4 + associatedData.count + 3 * 32
    switch sending {
    case .some(let sending):
      count += 32 + 32 + 4
      switch sending.received {
      case .some(let received): count += 4 + 32 + 4 + 2 + received.skipped.count * Self.entryByteCount
      case .none: break
      }
    case .none: break
    }
    return count
  }

  private borrowing func write(with writer: inout ArchiveWriter, to output: inout MutableRawSpan) {
    writer.byte(sparse == nil ? Self.version : Self.postQuantumVersion, to: &output)
    sparse?.write(with: &writer, to: &output)
    writer.byte(phase, to: &output)
    writer.integer(UInt32(truncatingIfNeeded: associatedData.count), to: &output)
    for byte in associatedData { writer.byte(byte, to: &output) }
    writer.secret(rootKey, to: &output)
    writer.secret(ratchetScalar, to: &output)
    writer.fixed(ratchetKey.bytes, to: &output)
    switch sending {
    case .some(let sending):
      writer.fixed(sending.remoteKey.bytes, to: &output)
      writer.secret(sending.chain.key, to: &output)
      writer.integer(sending.chain.number, to: &output)
      switch sending.received {
      case .some(let received): Self.write(received, with: &writer, to: &output)
      case .none: break
      }
    case .none: break
    }
  }

  private static func write(
    _ received: borrowing Received, with writer: inout ArchiveWriter, to output: inout MutableRawSpan
  ) {
    writer.integer(received.previousSendingCount, to: &output)
    writer.secret(received.chain.key, to: &output)
    writer.integer(received.chain.number, to: &output)
    writer.integer(UInt16(truncatingIfNeeded: received.skipped.count), to: &output)
    for entry in received.skipped {
      writer.fixed(entry.identifier.ratchetKey.bytes, to: &output)
      writer.integer(entry.identifier.number, to: &output)
      writer.integer(entry.key.storedAt, to: &output)
      writer.secret(entry.key.bytes, to: &output)
    }
  }

  /// 0, 1 or 2, as the layout says.
  private var phase: UInt8 {
    switch sending {
    case .some(let sending):
      switch sending.received {
      case .some: 2
      case .none: 1
      }
    case .none: 0
    }
  }
}

/// Writes fields one after the other into a secret that is being made.
struct ArchiveWriter {
  private var position = 0

  mutating func byte(_ value: UInt8, to output: inout MutableRawSpan) {
    output.storeBytes(of: value, toByteOffset: position, as: UInt8.self)
    position += 1
  }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, to output: inout MutableRawSpan)
  {
    output.storeBytes(of: value.bigEndian, toByteOffset: position, as: Integer.self)
    position += MemoryLayout<Integer>.size
  }

  mutating func fixed<let count: Int>(_ value: FixedBytes<count>, to output: inout MutableRawSpan) {
    for index in 0..<count { byte(value[index], to: &output) }
  }

  mutating func secret(_ value: borrowing SecretBytes, to output: inout MutableRawSpan) {
    let start = position
    position += value.byteCount
    value.withBytes { source in
      for index in 0..<source.byteCount {
        output.storeBytes(
          of: source.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: start + index, as: UInt8.self)
      }
    }
  }
}
