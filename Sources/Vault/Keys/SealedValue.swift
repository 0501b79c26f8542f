import ByteLayout
import Foundation
import Primitives
import SecretMemory

/// Where a sealed value lies. It opens there and nowhere else.
struct ColumnPlace: Sendable {
  let table: VaultTable
  let column: String
  let rowID: Int64

  init(_ table: VaultTable, _ column: String, _ rowID: Int64) {
    self.table = table
    self.column = column
    self.rowID = rowID
  }

  /// `Sotto_Vault_v1` ‖ 0 ‖ table ‖ 0 ‖ column ‖ 0 ‖ i64 row id ‖ format (C13).
  var associatedData: [UInt8] {
    var writer = LayoutWriter(capacity: 64)
    for label in [VaultLabel.column, table.rawValue, column] {
      writer.append(label.utf8)
      writer.uint8(0)
    }
    writer.int64(rowID)
    writer.uint8(SealedValue.format)
    return writer.bytes
  }

  var damaged: VaultError { .corrupt(.sealedValue(table: table.rawValue, column: column, rowID: rowID)) }
}

/// A sealed column value (C13): format(1) ‖ nonce(24) ‖ AEAD(u32 length ‖ value ‖ zeros).
///
/// The zeros fill up to a multiple of 32 bytes, so that a name's length does not show.
enum SealedValue {
  static let format: UInt8 = 0x01
  static let paddingStep = 32
  private static let lengthByteCount = 4
  private static let nonceByteCount = XChaCha20Poly1305.nonceByteCount

  /// Seals bytes that are not key material.
  ///
  /// - Parameter nonce: one of a ``NonceSequence``, used for nothing else.
  static func seal(
    _ value: [UInt8], key: borrowing SecretBytes, at place: ColumnPlace, nonce: FixedBytes<24>
  ) throws(VaultError) -> Data {
    var padded = LayoutWriter(capacity: paddedByteCount(value.count))
    padded.uint32(try length(value.count))
    padded.append(value)
    padded.append([UInt8](repeating: 0, count: paddedByteCount(value.count) - padded.bytes.count))
    do {
      return assemble(
        nonce,
        try XChaCha20Poly1305.seal(padded.bytes, key: key, nonce: nonce, additionalData: place.associatedData))
    } catch { throw .primitive(error) }
  }

  /// Seals a secret without a copy outside locked memory.
  static func seal(
    secret: borrowing SecretBytes, key: borrowing SecretBytes, at place: ColumnPlace, nonce: FixedBytes<24>
  ) throws(VaultError) -> Data {
    let padded = try pad(secret)
    do {
      return assemble(
        nonce,
        try XChaCha20Poly1305.seal(secret: padded, key: key, nonce: nonce, additionalData: place.associatedData))
    } catch { throw .primitive(error) }
  }

  /// - Throws: ``VaultError/corrupt(_:)`` with the place when it does not open here.
  static func open(
    _ sealed: Data, key: borrowing SecretBytes, at place: ColumnPlace
  ) throws(VaultError) -> [UInt8] {
    let (nonce, ciphertext) = try take(sealed, at: place)
    let padded: [UInt8]
    do {
      padded = try XChaCha20Poly1305.open(
        ciphertext, key: key, nonce: nonce, additionalData: place.associatedData)
    } catch { throw failure(error, at: place) }
    var reader = LayoutReader(padded)
    do {
      let count = Int(try reader.uint32())
      guard padded.count == paddedByteCount(count) else { throw place.damaged }
      return [UInt8](try reader.bytes(count))
    } catch { throw place.damaged }
  }

  /// - Throws: ``VaultError/corrupt(_:)`` with the place when it does not open here.
  static func openSecret(
    _ sealed: Data, key: borrowing SecretBytes, at place: ColumnPlace
  ) throws(VaultError) -> SecretBytes {
    let (nonce, ciphertext) = try take(sealed, at: place)
    do {
      return try unpad(
        try XChaCha20Poly1305.open(
          secret: ciphertext, key: key, nonce: nonce, additionalData: place.associatedData), at: place)
    } catch let error as PrimitiveError { throw failure(error, at: place) } catch { throw VaultError(error) }
  }
}

// MARK: - Layout and padding

extension SealedValue {
  private static func paddedByteCount(_ count: Int) -> Int {
    (lengthByteCount + count + paddingStep - 1) / paddingStep * paddingStep
  }

  private static func length(_ count: Int) throws(VaultError) -> UInt32 {
    guard let length = UInt32(exactly: count) else { throw .outOfRange }
    return length
  }

  private static func assemble(_ nonce: FixedBytes<24>, _ ciphertext: [UInt8]) -> Data {
    var sealed = Data(capacity: 1 + nonceByteCount + ciphertext.count)
    sealed.append(format)
    sealed.append(contentsOf: nonce.array)
    sealed.append(contentsOf: ciphertext)
    return sealed
  }

  private static func take(
    _ sealed: Data, at place: ColumnPlace
  ) throws(VaultError) -> (nonce: FixedBytes<24>, ciphertext: [UInt8]) {
    var reader = LayoutReader([UInt8](sealed))
    do {
      try reader.expect(format, field: "format")
      return (try reader.fixed(), [UInt8](reader.rest()))
    } catch { throw place.damaged }
  }

  private static func failure(_ error: PrimitiveError, at place: ColumnPlace) -> VaultError {
    error == .authenticationFailed ? place.damaged : .primitive(error)
  }

  private static func pad(_ secret: borrowing SecretBytes) throws(VaultError) -> SecretBytes {
    let count = try length(secret.byteCount)
    do {
      return try secret.withBytes { source throws(SecretMemoryError) in
        try SecretBytes(byteCount: paddedByteCount(source.byteCount)) { output in
          output.storeBytes(of: count.bigEndian, as: UInt32.self)
          for index in 0..<source.byteCount {
            output.storeBytes(
              of: source.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: lengthByteCount + index,
              as: UInt8.self)
          }
        }
      }
    } catch { throw VaultError(error) }
  }

  private static func unpad(_ padded: borrowing SecretBytes, at place: ColumnPlace) throws(VaultError) -> SecretBytes {
    guard padded.byteCount >= lengthByteCount else { throw place.damaged }
    let count = padded.withBytes { Int(UInt32(bigEndian: $0.unsafeLoad(as: UInt32.self))) }
    guard padded.byteCount == paddedByteCount(count) else { throw place.damaged }
    do {
      return try padded.slice(lengthByteCount..<lengthByteCount + count)
    } catch { throw VaultError(error) }
  }
}
