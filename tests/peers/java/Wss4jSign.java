import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSEncryptionPart;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.message.WSSecTimestamp;
import org.apache.ws.security.message.WSSecUsernameToken;
import org.w3c.dom.Document;

/**
 * Signs an unsigned SOAP envelope with Apache WSS4J: KEY CERTIFICATE IN OUT ALGORITHM PREFIX-LISTS USER PASSWORD PART...
 * ALGORITHM is a signature method's URI; PREFIX-LISTS is "true" for the PrefixLists of the Basic Security Profile, which
 * are WSS4J's default; where USER is not empty, a username token with the password's digest is put beside the
 * signature; a PART is "{namespace}LocalName".
 */
final class Wss4jSign {
    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        WSSConfig config = WSSConfig.getNewInstance();
        config.setWsiBSPCompliant(Boolean.parseBoolean(arguments[5]));
        Document document = Inputs.document(Path.of(arguments[2]));
        WSSecHeader header = new WSSecHeader();
        header.insertSecurityHeader(document);
        WSSecTimestamp timestamp = new WSSecTimestamp(config);
        timestamp.setTimeToLive(300);
        timestamp.build(document, header);
        if (!arguments[6].isEmpty()) {
            WSSecUsernameToken user = new WSSecUsernameToken(config);
            user.setPasswordType(WSConstants.PASSWORD_DIGEST);
            user.setUserInfo(arguments[6], arguments[7]);
            user.prepare(document);
            user.appendToHeader(header);
        }
        WSSecSignature signature = new WSSecSignature(config);
        signature.setUserInfo("signer", "none");
        signature.setKeyIdentifierType(WSConstants.BST_DIRECT_REFERENCE);
        signature.setSignatureAlgorithm(arguments[4]);
        signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
        // In steps, since the token must stand in the message before a reference to it can be computed.
        signature.prepare(document, crypto(Path.of(arguments[0]), Path.of(arguments[1])), header);
        signature.appendBSTElementToHeader(header);
        List<WSEncryptionPart> parts = parts(Arrays.copyOfRange(arguments, 8, arguments.length));
        signature.computeSignature(signature.addReferencesToSign(parts, header), false, null);
        Transformer identity = TransformerFactory.newInstance().newTransformer();
        identity.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        identity.transform(new DOMSource(document), new StreamResult(Path.of(arguments[3]).toFile()));
    }

    private static List<WSEncryptionPart> parts(String[] names) {
        List<WSEncryptionPart> parts = new ArrayList<>();
        for (String name : names) {
            int end = name.indexOf('}');
            parts.add(new WSEncryptionPart(name.substring(end + 1), name.substring(1, end), "Element"));
        }
        return parts;
    }

    private static Merlin crypto(Path key, Path certificate) throws Exception {
        X509Certificate own = Inputs.certificates(certificate).get(0);
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setKeyEntry("signer", Inputs.key(key, own.getPublicKey().getAlgorithm()), "none".toCharArray(), new Certificate[] {own});
        Merlin crypto = new Merlin();
        crypto.setKeyStore(store);
        return crypto;
    }
}
