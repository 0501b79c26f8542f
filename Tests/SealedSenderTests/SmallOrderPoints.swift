/// The points of small order in canonical encoding.
enum SmallOrderPoints {
  /// u-coordinates of Curve25519 and its twist (RFC 7748 §6.1 asks to look out for them): 0, 1, two of order 8, p − 1.
  static let x25519 = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  /// Encoded points of Ed25519: the neutral element, order 2, order 4.
  static let ed25519 = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
  ]
}
