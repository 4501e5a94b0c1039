import com.alibaba.fastjson.JSON;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Reads each message into Lottery's InvoiceVO by its own JSON library, and writes it again; a line each way. */
public class LotterysInvoices {

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String message = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
            System.out.println(written(message));
            System.out.flush();
        }
    }

    private static String written(String message) {
        try {
            String again = JSON.toJSONString(JSON.parseObject(message, InvoiceVO.class));
            return Base64.getEncoder().encodeToString(again.getBytes(StandardCharsets.UTF_8));
        } catch (RuntimeException error) {
            return "! " + error.getClass().getSimpleName();
        }
    }

    /** The fields and types of Lottery's value object, which its JSON library finds by the names of these methods. */
    public static class InvoiceVO {
        private String uId;
        private Long orderId;
        private String awardId;
        private Integer awardType;
        private String awardName;
        private String awardContent;
        private ShippingAddress shippingAddress;
        private String extInfo;

        public String getuId() { return uId; }
        public void setuId(String value) { uId = value; }
        public Long getOrderId() { return orderId; }
        public void setOrderId(Long value) { orderId = value; }
        public String getAwardId() { return awardId; }
        public void setAwardId(String value) { awardId = value; }
        public Integer getAwardType() { return awardType; }
        public void setAwardType(Integer value) { awardType = value; }
        public String getAwardName() { return awardName; }
        public void setAwardName(String value) { awardName = value; }
        public String getAwardContent() { return awardContent; }
        public void setAwardContent(String value) { awardContent = value; }
        public ShippingAddress getShippingAddress() { return shippingAddress; }
        public void setShippingAddress(ShippingAddress value) { shippingAddress = value; }
        public String getExtInfo() { return extInfo; }
        public void setExtInfo(String value) { extInfo = value; }
    }

    /** Never filled by Lottery. */
    public static class ShippingAddress {
        private String name;

        public String getName() { return name; }
        public void setName(String value) { name = value; }
    }
}
