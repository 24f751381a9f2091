import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.apache.xml.security.Init;
import org.apache.xml.security.exceptions.XMLSecurityException;
import org.apache.xml.security.signature.XMLSignature;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.NodeList;

/**
 * Checks the first ds:Signature of each file with Apache Santuario, secure validation on, under the certificate that is
 * handed over: SIGNER FILE... One line a file, "accepted" with the number of references or "refused".
 */
final class SantuarioVerify {
    private static final String DS = "http://www.w3.org/2000/09/xmldsig#";

    public static void main(String[] arguments) throws Exception {
        Init.init();
        X509Certificate signer = Inputs.certificates(Path.of(arguments[0])).get(0);
        for (int i = 1; i < arguments.length; i++) {
            System.out.println(verdict(Inputs.document(Path.of(arguments[i])), signer));
        }
    }

    private static String verdict(Document document, X509Certificate signer) throws XMLSecurityException {
        declareIds(document);
        Element element = (Element) document.getElementsByTagNameNS(DS, "Signature").item(0);
        XMLSignature signature = new XMLSignature(element, "", true);
        return signature.checkSignatureValue(signer.getPublicKey())
                ? "accepted " + signature.getSignedInfo().getLength()
                : "refused";
    }

    private static void declareIds(Document document) {
        NodeList elements = document.getElementsByTagName("*");
        for (int i = 0; i < elements.getLength(); i++) {
            NamedNodeMap attributes = elements.item(i).getAttributes();
            for (int j = 0; j < attributes.getLength(); j++) {
                Attr attribute = (Attr) attributes.item(j);
                if (attribute.getLocalName().equals("Id")) {
                    ((Element) elements.item(i)).setIdAttributeNode(attribute, true);
                }
            }
        }
    }
}
