import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;

/** Reads what the programs are given: XML, PEM certificates, an unencrypted PKCS #8 key. */
final class Inputs {
    private Inputs() {}

    static Document document(Path path) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(octets(path)));
    }

    /** The certificates of a PEM file, in its order. */
    static List<X509Certificate> certificates(Path path) throws Exception {
        try (InputStream stream = new ByteArrayInputStream(octets(path))) {
            return CertificateFactory.getInstance("X.509").generateCertificates(stream).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        }
    }

    /** The key of the {@code algorithm} that its certificate's key has: RSA or EC. */
    static PrivateKey key(Path path, String algorithm) throws Exception {
        String pem = new String(octets(path), StandardCharsets.US_ASCII);
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    private static byte[] octets(Path path) throws Exception {
        return Files.readAllBytes(path);
    }
}
