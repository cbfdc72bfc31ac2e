"""A certificate for signing what is published, with who vouches for it: of this machine, trusted by nobody else."""

import datetime


def made() -> str:
    """PEM: the signing certificate, the one that vouches for it, and the private key."""
    # Late: only the virtual environment has it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.datetime.now(datetime.UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("root", "leaf")}

    def certificate(of: str, title: str, issuer: x509.Name | None, extensions: list) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Galley on this machine"), x509.NameAttribute(x509.NameOID.COMMON_NAME, title)])
        builder = x509.CertificateBuilder(issuer or subject, subject, keys[of].public_key(), x509.random_serial_number(), now - datetime.timedelta(days=1), now + datetime.timedelta(days=3650))
        extensions = extensions + [
            (x509.SubjectKeyIdentifier.from_public_key(keys[of].public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(keys["root"].public_key()), False),
        ]
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(keys["root"], hashes.SHA256())

    use = lambda **named: x509.KeyUsage(**(dict.fromkeys(USES, False) | named))
    root = certificate("root", "Galley's local root", None, [(x509.BasicConstraints(True, None), True), (use(key_cert_sign=True), True)])
    leaf = certificate(
        "leaf",
        "Galley's local pictures",
        root.subject,
        [(x509.BasicConstraints(False, None), True), (use(digital_signature=True), True), (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), True)],
    )
    pem = serialization.Encoding.PEM
    key = keys["leaf"].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (leaf.public_bytes(pem) + root.public_bytes(pem) + key).decode()


USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
