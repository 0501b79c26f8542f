package import ByteLayout
package import Verification

/// Who sealed an envelope: accountId(33) ‖ device u32 ‖ deviceKey(32) (C3).
///
/// Read from an envelope it is a claim until the body has opened, and a claim about the device key only even then:
/// that the account lists this key is for the caller to look up.
package struct SealedSenderIdentity: Hashable, Sendable {
  /// EncodeEC(root key): 0x06 and 32 bytes (C1).
  package let account: FixedBytes<33>
  /// 1 … 127.
  package let device: UInt32
  /// The device's Ed25519 key.
  package let deviceKey: VerifyingKey

  package init(account: FixedBytes<33>, device: UInt32, deviceKey: VerifyingKey) {
    self.account = account
    self.device = device
    self.deviceKey = deviceKey
  }

  /// Whether the account id has the type byte of an Ed25519 key and the device number is one that can be given out.
  var isWellFormed: Bool { account[0] == 0x06 && (1...127).contains(device) }

  static let byteCount = 33 + 4 + 32

  init(reading reader: inout LayoutReader) throws(LayoutError) {
    account = try reader.fixed()
    device = try reader.uint32()
    deviceKey = VerifyingKey(try reader.fixed())
  }

  func write(to writer: inout LayoutWriter) {
    writer.append(account)
    writer.uint32(device)
    writer.append(deviceKey.bytes)
  }
}
