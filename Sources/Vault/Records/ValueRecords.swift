import ByteLayout
package import SecretMemory

/// Single values of the account and of this device, by number.
extension VaultTransaction {
  /// A value of the account, if it was set.
  package func accountValue(_ key: AccountValue) throws(VaultError) -> [UInt8]? {
    try value(.accountValue, key.rawValue)
  }

  /// Sets a value of the account.
  package func setAccountValue(_ key: AccountValue, _ value: [UInt8]) throws(VaultError) {
    try setValue(.accountValue, key.rawValue, value)
  }

  /// A value of this device, if it was set.
  package func deviceValue(_ key: DeviceValue) throws(VaultError) -> [UInt8]? {
    try value(.deviceValue, key.rawValue)
  }

  /// Sets a value of this device.
  package func setDeviceValue(_ key: DeviceValue, _ value: [UInt8]) throws(VaultError) {
    try setValue(.deviceValue, key.rawValue, value)
  }

  /// Forgets a value of this device.
  package func deleteDeviceValue(_ key: DeviceValue) throws(VaultError) {
    try execute("DELETE FROM device_value WHERE id = ?", [key.rawValue])
  }

  /// A secret of this device, if it was set.
  package func deviceSecret(_ key: DeviceSecret) throws(VaultError) -> SecretBytes? {
    try secret(.deviceSecret, "secret", key.rawValue)
  }

  /// Sets a secret of this device.
  package func setDeviceSecret(_ key: DeviceSecret, _ secret: borrowing SecretBytes) throws(VaultError) {
    let sealed = try seal(secret: secret, .deviceSecret, "secret", key.rawValue)
    try execute(
      "INSERT INTO device_secret (id, secret) VALUES (?, ?) ON CONFLICT DO UPDATE SET secret = excluded.secret",
      [key.rawValue, sealed])
  }

  /// Forgets a secret of this device.
  package func deleteDeviceSecret(_ key: DeviceSecret) throws(VaultError) {
    try execute("DELETE FROM device_secret WHERE id = ?", [key.rawValue])
  }

  private func value(_ table: VaultTable, _ id: Int64) throws(VaultError) -> [UInt8]? {
    guard let row = try row("SELECT sealed FROM \(table.rawValue) WHERE id = ?", [id]) else { return nil }
    return try open(try row.blob(0), table, id) { reader throws(LayoutError) in [UInt8](reader.rest()) }
  }

  private func setValue(_ table: VaultTable, _ id: Int64, _ value: [UInt8]) throws(VaultError) {
    let sealed = try seal(table, id) { $0.append(value) }
    try execute(
      "INSERT INTO \(table.rawValue) (id, sealed) VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
      [id, sealed])
  }
}
