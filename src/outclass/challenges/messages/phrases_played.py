"""Templates of the messages to play with before data is collected, by class, one a line."""

NOTIFICATION = """
Enter {code} to verify your phone number.
{shop}: your access code is {code}.
Your {carrier} PIN has been reset. Temporary PIN: {last}.
You sent ${amount} to {name}. Transaction ID {ref}.
Card ending {last}: ${amount} at {shop}, {city}, {date}.
Your refund of {amount} has been processed and will reach your account in {minutes} days.
{name}, your haircut at {shop} is booked for {day} {time}.
Your dental check-up is due. Please call {shop} to arrange a visit.
Your groceries are on the way. Delivery between {time} and {time}.
Parcel {ref} is waiting in locker {minutes}. Pickup code {code}, until {date}.
Your flight to {city} has a new gate: {minutes}.
Check-in for your trip to {city} on {date} is now open: {link}
Bus line {minutes}: stops at {place} are moved until {date}.
You have {minutes} MB left in your plan. Data is slowed down after that.
Your {carrier} contract ends on {date}.
Your meter reading for {date} is due.
Reminder: bins are collected on {day} this week.
Your book request is available at {shop} for {minutes} days.
Thank you for your donation of {amount}. Receipt {ref}.
Your vote has been registered. Reference {ref}.
The parents' evening is on {date} at {time} in the main hall.
Votre code d'accès est {code}.
Ihr Paket liegt in Fach {minutes}, Abholcode {code}.
Su cita con {name} es el {date} a las {time}.
Kuota internet Anda tersisa {minutes} MB, berlaku sampai {date}.
Pembayaran Rp{amount} berhasil. No. referensi {ref}.
"""

PERSONAL = """
Can you grab {food} on the way? We have nothing in
{name} is asleep, please don't ring the bell
Did you take {thing}? Can't find it anywhere
I'm outside, which door?
No worries, {day} works better for me anyway
That film was so bad haha, why did we stay
Grandma loved the flowers!! She cried a bit
Meeting got moved to {time}, lunch after?
You won't believe who I just saw at {place}
Please feed the cat, I'm stuck in {city} till {day}
The password is the dog's name and {last}
I sent you the {amount} for the tickets, check your account
Just landed in {city}, it's freezing here
Do you still have the doctor's number?
haha yes free beer at {name}'s, coming?
sorry for yesterday, can we talk?
Bringst du {food} mit? Danke dir
On se voit {time} devant la gare ?
¿Qué tal el examen? Cuéntame todo
Besok libur kan? Main ke rumah yuk
Mi manchi, quando torni?
Good luck with the exam today, you've got this
"""

SPAM = """
Winner! Your number was drawn for {large} dollars. Claim code {last}, call {phone}
Final notice: your {product} is waiting. Confirm shipping at {trap}
Your streaming account is on hold. Update your payment at {trap} now
Dear customer, your bank card is blocked. Call {phone} at once
Claim your FREE {product} today, only {minutes} left!!! {trap}
Txt LUCKY to {short} for your chance to win a {product}. 18+ 3.00/msg
Need cash fast? Up to {large} in {minutes} minutes, no checks. {trap}
Part-time job: like videos and get paid {amount} a day. Add {phone}
Your toll balance of {amount} is overdue, settle today: {trap}
Exclusive offer for {carrier} customers: half price for 12 months, reply YES
Inv3st {large}, get d0uble back in a week. Ask {name} on {phone}
C.h.e.a.p m.e.d.s no prescription {trap}
Dad I dropped my phone in water, text me on {phone} it's urgent
Biggest sale of the year at {shop}! Everything must go. {trap}
Gewinnen Sie {large} Euro! Einfach auf {trap} klicken
Votre compte sera fermé. Connectez-vous vite : {trap}
Gana {large} euros sin trabajar, pulsa {trap}
Anda terpilih sebagai pemenang undian Rp{large}. PIN {last}, klik {trap}
"""

TEMPLATES = {"personal": PERSONAL, "notification": NOTIFICATION, "spam": SPAM}
