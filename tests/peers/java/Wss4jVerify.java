import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.TreeSet;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.components.crypto.Merlin;
import org.w3c.dom.Document;

/**
 * Checks the Security header of each file with Apache WSS4J: AUTHORITIES FILE... One line a file, "accepted" with the
 * names of the signed elements, or "refused" with WSS4J's code. Times are judged by the machine's clock, a certificate
 * by AUTHORITIES, a PEM file with its issuer and that one's root.
 */
final class Wss4jVerify {
    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        KeyStore authorities = KeyStore.getInstance(KeyStore.getDefaultType());
        authorities.load(null, null);
        for (X509Certificate authority : Inputs.certificates(Path.of(arguments[0]))) {
            authorities.setCertificateEntry(authority.getSubjectX500Principal().getName(), authority);
        }
        Merlin crypto = new Merlin();
        crypto.setTrustStore(authorities);
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(verdict(Inputs.document(Path.of(arguments[i])), crypto));
        }
    }

    private static String verdict(Document document, Merlin crypto) {
        TreeSet<String> signed = new TreeSet<>();
        try {
            for (WSSecurityEngineResult result : results(document, crypto)) {
                Object references = result.get(WSSecurityEngineResult.TAG_DATA_REF_URIS);
                if (references instanceof List<?> list) {
                    list.forEach(reference -> signed.add(((WSDataRef) reference).getName().getLocalPart()));
                }
            }
        } catch (WSSecurityException refusal) {
            return "refused " + refusal.getErrorCode();
        }
        return "accepted " + String.join(" ", signed);
    }

    private static List<WSSecurityEngineResult> results(Document document, Merlin crypto) throws WSSecurityException {
        return new WSSecurityEngine().processSecurityHeader(document, null, null, crypto);
    }
}
