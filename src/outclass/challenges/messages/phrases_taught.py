"""Templates of the messages to learn from, by class, one a line."""

NOTIFICATION = """
Your verification code is {code}. Do not share it with anyone.
{code} is your {shop} login code.
Use {code} to sign in to {shop}. It expires in {minutes} minutes.
<#> Your {carrier} code: {code}
G-{code} is your verification code.
OTP for your transaction of {amount} at {shop} is {code}. Valid for {minutes} min. Never share your OTP.
{bank}: Your one-time passcode is {code}. We will never call you to ask for it.
Your security code is {code}. If you did not request it, ignore this message.
{bank} alert: a payment of ${amount} was made with your card ending {last} at {shop} on {date}.
{bank}: ${amount} was withdrawn from account ending {last} on {date}. Available balance ${amount}.
Your account XX{last} has been credited with Rs.{amount} on {date}. Ref no {code}.
A/c XX{last} debited INR {amount} on {date}. Avl bal INR {amount}. - {bank}
Your salary of {amount} has been credited to your account {last}.
Payment received: thank you. We received {amount} for invoice {ref}.
Your direct debit of £{amount} to {shop} will be taken on {date}.
Your card ending {last} was declined at {shop}. Check your balance in the app.
Reminder: you have an appointment at {shop} on {day} {date} at {time}. Reply C to confirm.
Your appointment with Dr {name} is confirmed for {day} at {time}. Please arrive {minutes} minutes early.
Hi {name}, this is a reminder of your visit to {shop} {day} at {time}.
Your test results are ready. Log in to the patient portal to view them.
Your prescription is ready to collect at {shop}.
Your parcel {ref} has been dispatched and will arrive on {day}.
Your order #{code} has shipped. Track it: {link}
Your driver will deliver your parcel today between {time} and {time}. You are stop {minutes}.
Delivered: your package was left with your neighbor at {time}.
We tried to deliver your parcel {ref} today. It will be held at {shop} until {date}.
Your order from {shop} has been confirmed. Total ${amount}. Order number {code}.
Your table for {minutes} at {shop} is booked for {day} at {time}.
Your flight to {city} on {date} is delayed. New departure {time}. Gate {minutes}.
Boarding for your flight to {city} starts at {time}, gate {minutes}.
Your booking {ref} is confirmed: {city}, {date}, check-in from {time}.
Your train to {city} at {time} departs from platform {minutes}.
Your taxi has arrived. Driver: {name}, plate {ref}.
Your ride will arrive in {minutes} min. Look for {name} in a gray car, {ref}.
You have used 80% of your data allowance. It renews on {date}.
Your {carrier} plan has been renewed. {minutes} GB valid until {date}.
Your balance is {amount}. Your credit expires on {date}.
You have topped up {amount}. Your new balance is {amount}. Thank you for using {carrier}.
Your bill of {amount} is due on {date}. View it at {link}
Your {carrier} bill for this month is ready: {amount}.
Welcome to {city}! Calls cost {amount} per minute, texts {amount}. Info: dial 100.
You have 1 missed call from {phone} at {time}.
You have a new voicemail. Dial 121 to listen.
The library book you reserved is ready. Please collect it from {shop} by {date}.
Items on your library account are due on {date}.
Your password was changed on {date} at {time}. If this was not you, contact support.
New sign-in to your account from {city} at {time}.
School notice: classes end at {time} on {day} because of the weather.
Service update: water will be shut off on {day} from {time} for repairs.
Power outage reported in your area. Estimated restoration {time}.
Severe weather warning for {city}: heavy rain from {time}. Avoid travel.
Your MOT for {ref} expires on {date}.
Parking session started at {time}. It ends at {time}. Amount {amount}.
Your subscription will renew on {date} for {amount}. Manage it in your account.
Your claim {ref} has been received. We will contact you within {minutes} days.
Your application {ref} has been approved. You will receive a letter by {date}.
Your vehicle is ready for collection at {shop}. Total: {amount}.
Your exam is on {date} at {time} in room {minutes}. Bring your ID.
Votre code de confirmation est {code}. Ne le communiquez à personne.
Votre colis {ref} sera livré {date} entre {time} et {time}.
Rappel : rendez-vous le {date} à {time} avec le Dr {name}.
Votre facture de {amount} EUR est disponible dans votre espace client.
Ihr Bestätigungscode lautet {code}. Geben Sie ihn nicht weiter.
Ihre Sendung {ref} wird heute zwischen {time} und {time} zugestellt.
Terminerinnerung: {date} um {time} Uhr bei Dr. {name}.
Ihre TAN für die Überweisung über {amount} EUR lautet {code}.
Su código de verificación es {code}. No lo comparta.
Su pedido {ref} ha sido enviado y llegará el {date}.
Recordatorio: cita el {date} a las {time} en {shop}.
Se ha realizado un cargo de {amount} EUR con su tarjeta terminada en {last}.
O seu código de verificação é {code}.
A sua encomenda {ref} será entregue em {date}.
Il tuo codice di verifica è {code}. Non condividerlo.
Uw verificatiecode is {code}.
Kode OTP Anda {code}. Jangan berikan kode ini kepada siapa pun.
Kode verifikasi {carrier} Anda adalah {code}. Berlaku {minutes} menit.
Transfer Rp{amount} ke rekening {last} berhasil pada {date} {time}.
Paket Anda {ref} sedang dikirim dan akan tiba {date}.
Tagihan Anda bulan ini Rp{amount}, jatuh tempo {date}.
Janji temu Anda dengan dr. {name} pada {date} pukul {time}.
Your package will be delivered today by {time}.
Your {shop} delivery arrives tomorrow. No action is needed.
Good news! Your order {ref} is out for delivery.
Package {ref}: arriving {day} between {time} and {time}.
Your order is ready for pickup at {shop}. Bring your ID.
Your food is on its way. {name} will be there in about {minutes} minutes.
Your driver {name} is {minutes} min away.
{name} is arriving now in a white {ref}. Meet at {place}.
Your trip with {name} ended. Total {amount}. Thanks for riding.
{code} is your one-time password (OTP). It is valid for {minutes} minutes.
Your login code: {code}. Do not give this code to anyone.
Enter this code to log in: {code}
{shop} code: {code}. Valid for {minutes} minutes.
Use code {code} to verify your account.
Your confirmation code is {last}.
Your passcode is {code}
Temporary password: {code}. Please change it after you log in.
Your account was accessed from a new device in {city} on {date}.
Your a/c {last} is credited with {amount} on {date}.
INR {amount} spent on your card {last} at {shop} on {date}.
Your card was charged {amount} at {shop}.
You received {amount} from {name}. New balance {amount}.
{name} paid you {amount}.
Transfer of {amount} to {name} completed.
Your payment of {amount} was successful. Thank you.
Your cheque {code} has cleared.
Low balance alert: your account ending {last} is below {amount}.
Your statement for account {last} is now available.
Your loan payment of {amount} is due on {date}.
Your policy {ref} is due for renewal on {date}.
Appointment with Dr {name} tomorrow at {time}. Reply Y to confirm or N to cancel.
{shop}: your appointment on {date} has been moved to {time}.
Your vaccination is booked for {date} at {time} at {place}.
Please remember to bring your documents to your appointment on {date}.
Flight {ref} to {city} is delayed until {time}.
Flight {ref}: gate changed to {minutes}. Boarding {time}.
Your seat for {city} on {date} is {minutes}A. Have a good trip.
Your reservation at {shop} for {date}, {time}, is confirmed.
Your hotel room in {city} is ready. Check-out is at {time}.
Train {minutes} to {city} is cancelled. Next departure {time}.
Your car is due for service on {date}.
Your tax return was received on {date}. Reference {ref}.
Your application was received. Your number is {ref}.
The meeting of the residents is on {date} at {time}.
School is closed on {day} due to snow.
Class {minutes} is moved to room {minutes} on {day}.
Your {carrier} number will be switched on {date}.
You have used all your data. Speed is reduced until {date}.
Your {carrier} bundle: {minutes} minutes and {minutes} MB left until {date}.
Your call credit is now {amount}.
Votre commande {ref} a été expédiée.
Votre code : {code}. Il expire dans {minutes} minutes.
Ihre Bestellung {ref} wurde versandt.
Ihr Code lautet {code}.
Tu código es {code}. Caduca en {minutes} minutos.
Tu paquete llega hoy entre las {time} y las {time}.
Sisa kuota Anda {minutes} MB, berlaku sampai {date}.
Pulsa Anda tinggal Rp{amount}. Masa aktif sampai {date}.
Pesanan Anda {ref} sudah dikirim.
Ваш код подтверждения: {code}. Никому не сообщайте его.
आपका OTP {code} है। इसे किसी के साथ साझा न करें।
您的验证码是{code}，请勿告诉他人。
"""  # noqa: RUF001 # other scripts

PERSONAL = """
I left {thing} at {place}, can you bring it?
Running {minutes} minutes late, start without me
Are you home? I forgot my keys again
Did you see the message from {name}? Call me when you can
Happy birthday {name}!! Have a lovely day
Thanks for dinner last night, the {food} was great
Can we move lunch to {day}? Something came up at work
ok see you at {time} at {place}
Mum says hi. She wants to know if you are coming on {day}
The code for the front door is {last}, let yourself in
My new number is {phone}, it's {name} from {city}
What was the wifi password again?
I paid the rent, you owe me {amount}
Can you send me your account number? I'll transfer the {amount} tonight
Your parcel came, I put it in the kitchen
The doctor said it's nothing serious, don't worry
My flight lands at {time}, can you pick me up?
Train is delayed again, home around {time}
Free on {day}? We could go to the cinema
I won the game!! You owe me a drink
Dinner's in the oven, back by {time}. Love you
I'm at {place}, which gate are you at?
The package you sent arrived, thank you so much!
Did your flight get delayed? Text me when you land
I changed my appointment, I can pick you up at {time} now
Can you pay the electricity bill? I forgot
Room {minutes}, second floor, see you at {time}
I'll call you in {minutes} min, in a meeting
Don't forget the appointment on {day}!
Good luck {name}, you'll win this!
Get some milk and bread please, they're half price today
Besok jemput aku jam {time} di {place} ya
Udah makan belum? Aku kangen
Wie geht es dir? Treffen wir uns am Samstag?
Bin gleich da, noch {minutes} Minuten
Tu viens ce soir ? On mange à {time}
Je suis en retard, désolé
¿Vienes a cenar el sábado? Besos
Llego tarde, espérame en {place}
Aku sudah sampai di rumah, kamu di mana?
Nanti malam jadi makan bareng? Jam {time} ya
Você vem hoje à noite?
Sei arrivata a casa? Chiamami
"""

SPAM = """
CONGRATULATIONS! You have won a FREE {product}! Claim now at {trap}
You have been selected to receive £{large} cash! Call {phone} now to claim. T&Cs apply
URGENT! Your mobile number has won a {large} prize. Reply WIN to {short}
FREE entry in our weekly draw for a {product}! Text GO to {short}
Your account has been suspended. Verify your details immediately at {trap}
{bank}: unusual activity detected. Your account is locked, log in at {trap} to restore access
Your parcel could not be delivered. Pay the {amount} fee at {trap} or it will be returned
You have an unpaid toll of {amount}. Pay now at {trap} to avoid a penalty
Tax refund of {amount} pending. Submit your bank details at {trap}
Earn {large} a week from home! No experience. Message us on {phone}
L0ans approved today, bad cr3dit ok! Apply at {trap}
Double your bitcoin in 24 hours, guaranteed. Join: {trap}
FR33 r1ngtones every week! Text YES to {short}. 1.50 per msg
Hot singles near {city} want to meet you. Reply CHAT to {short}
SALE! 70% off all {product}s this weekend only at {shop}. Shop now {trap}
Lose {minutes} kg in a month with this trick: {trap}
Hi mum, my phone broke, this is my new number. Can you send {large} for a bill today?
Your SIM will be blocked today. Call {phone} immediately to update your KYC
Work {minutes} hours a day and make {large}! W h a t s a p p {phone}
You have 1 new prize waiting. Confirm your card at {trap}
You've been chosen for a {large} gift card. Answer {minutes} questions: {trap}
Your package is on hold because of an unpaid customs fee. Pay {amount} at {trap}
Dear customer, your {bank} access expires today. Renew it here: {trap}
We noticed a login from a new device. If this was not you, cancel here: {trap}
Your {carrier} account will be closed in 24 hours. Update your details: {trap}
Congrats {name}, you have {large} in unclaimed rewards! {trap}
Get 50% off everything this weekend only, {trap}
Flash sale at {shop}! Buy one get one free till {day}. Reply STOP to opt out
Instant loan up to {large}, approved in {minutes} minutes. Apply {trap}
Win a trip to {city}! Text {shop} to {short}
Final reminder: your parking fine of {amount} doubles tomorrow. Settle: {trap}
Hello, I am from {shop} recruitment. Earn {large} a day at home, message {phone}
Crypto signal group: {large} profit last week, join free {trap}
Mama minta pulsa {large} ke nomor {phone}, penting, nanti mama ganti
Tolong belikan pulsa {minutes} ribu ke nomor baru ini, mama di kantor polisi
Anda mendapat undian, hubungi {phone} untuk klaim hadiah Rp{large}
Sie haben ein {product} gewonnen! Jetzt abholen: {trap}
Ihr Konto wurde gesperrt. Bestätigen Sie Ihre Daten unter {trap}
Félicitations ! Vous avez gagné {large} euros. Cliquez ici : {trap}
Votre colis est bloqué, payez les frais de {amount} EUR : {trap}
¡Felicidades! Ha ganado un {product}. Reclámelo en {trap}
Su cuenta ha sido bloqueada. Verifique sus datos en {trap}
Parabéns! Você ganhou {large} reais. Acesse {trap}
Selamat! Anda mendapat hadiah Rp{large} juta. Hubungi {phone} atau klik {trap}
Pinjaman dana cepat tanpa jaminan, bunga ringan. WA {phone}
"""

TEMPLATES = {"personal": PERSONAL, "notification": NOTIFICATION, "spam": SPAM}
