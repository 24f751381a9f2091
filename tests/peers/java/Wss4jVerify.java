import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.TreeSet;
import javax.security.auth.callback.CallbackHandler;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.WSSecurityException;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.token.UsernameToken;
import org.w3c.dom.Document;

/**
 * Checks the Security header of each file with Apache WSS4J: AUTHORITIES FILE... One line a file, "accepted" with the
 * names of the signed elements, or "refused" with WSS4J's code. Times are judged by the machine's clock, a certificate
 * by AUTHORITIES, a PEM file with its issuer and that one's root.
 */
final class Wss4jVerify {
    public static void main(String[] arguments) throws Exception {
        WSSConfig.init();
        Merlin crypto = trusting(Path.of(arguments[0]));
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(verdict(Inputs.document(Path.of(arguments[i])), crypto, null));
        }
    }

    static Merlin trusting(Path authorities) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (X509Certificate authority : Inputs.certificates(authorities)) {
            store.setCertificateEntry(authority.getSubjectX500Principal().getName(), authority);
        }
        Merlin crypto = new Merlin();
        crypto.setTrustStore(store);
        return crypto;
    }

    /** A user name is told as one more name, "user:" before it; {@code passwords} is null where none is expected. */
    static String verdict(Document document, Merlin crypto, CallbackHandler passwords) {
        TreeSet<String> signed = new TreeSet<>();
        try {
            WSSecurityEngine engine = new WSSecurityEngine();
            for (WSSecurityEngineResult result : engine.processSecurityHeader(document, null, passwords, crypto)) {
                if (result.get(WSSecurityEngineResult.TAG_USERNAME_TOKEN) instanceof UsernameToken token) {
                    signed.add("user:" + token.getName());
                }
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
}
