"""The emoji that messages of this kind use, by Slack's short names; others show as their `:name:`."""

from __future__ import annotations

_TABLE = """
+1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 ok_hand=👌 wave=👋 clap=👏 raised_hands=🙌 pray=🙏 muscle=💪 point_right=👉
point_left=👈 point_up=☝️ point_down=👇 raised_hand=✋ eyes=👀 brain=🧠 handshake=🤝 writing_hand=✍️ v=✌️
smile=😄 smiley=😃 grinning=😀 joy=😂 wink=😉 blush=😊 thinking_face=🤔 sweat_smile=😅 sob=😭 cry=😢 scream=😱
confused=😕 neutral_face=😐 sunglasses=😎 partying_face=🥳 face_with_rolling_eyes=🙄 rage=😡 shrug=🤷 facepalm=🤦
slightly_smiling_face=🙂 upside_down_face=🙃 heart_eyes=😍 robot_face=🤖 ghost=👻 skull=💀 see_no_evil=🙈
heart=❤️ broken_heart=💔 blue_heart=💙 green_heart=💚 yellow_heart=💛 purple_heart=💜 sparkles=✨ star=⭐ star2=🌟
fire=🔥 boom=💥 zap=⚡ rocket=🚀 tada=🎉 confetti_ball=🎊 trophy=🏆 medal=🏅 checkered_flag=🏁 gift=🎁 100=💯
white_check_mark=✅ heavy_check_mark=✔️ ballot_box_with_check=☑️ x=❌ negative_squared_cross_mark=❎
heavy_multiplication_x=✖️ heavy_plus_sign=➕ heavy_minus_sign=➖ question=❓ grey_question=❔ exclamation=❗
heavy_exclamation_mark=❗ bangbang=‼️ warning=⚠️ no_entry=⛔ no_entry_sign=🚫 octagonal_sign=🛑 rotating_light=🚨
construction=🚧 vertical_traffic_light=🚦 traffic_light=🚥 information_source=ℹ️ recycle=♻️ infinity=♾️
red_circle=🔴 large_blue_circle=🔵 large_green_circle=🟢 large_yellow_circle=🟡 large_orange_circle=🟠
large_purple_circle=🟣 large_brown_circle=🟤 white_circle=⚪ black_circle=⚫ radio_button=🔘
large_red_square=🟥 large_green_square=🟩 large_yellow_square=🟨 large_blue_square=🟦 large_orange_square=🟧
white_large_square=⬜ black_large_square=⬛ white_medium_square=◻️ black_medium_square=◼️ small_blue_diamond=🔹
small_orange_diamond=🔸 large_blue_diamond=🔷 large_orange_diamond=🔶 small_red_triangle=🔺 small_red_triangle_down=🔻
arrow_right=➡️ arrow_left=⬅️ arrow_up=⬆️ arrow_down=⬇️ arrow_upper_right=↗️ arrow_lower_right=↘️
arrow_forward=▶️ arrow_backward=◀️ fast_forward=⏩ rewind=⏪ double_vertical_bar=⏸️ pause_button=⏸️
black_square_for_stop=⏹️ stop_button=⏹️ leftwards_arrow_with_hook=↩️ arrow_right_hook=↪️ arrow_heading_down=⤵️
arrows_counterclockwise=🔄 arrows_clockwise=🔃 repeat=🔁 back=🔙 end=🔚 soon=🔜 new=🆕 up=🆙 ok=🆗 sos=🆘 free=🆓
hourglass=⌛ hourglass_flowing_sand=⏳ watch=⌚ alarm_clock=⏰ stopwatch=⏱️ timer_clock=⏲️ clock1=🕐 clock3=🕒
clock6=🕕 clock9=🕘 clock12=🕛 calendar=📆 date=📅 spiral_calendar_pad=🗓️
bell=🔔 no_bell=🔕 loudspeaker=📢 mega=📣 speech_balloon=💬 thought_balloon=💭 email=✉️ envelope=✉️ inbox_tray=📥
outbox_tray=📤 mailbox=📫 package=📦 label=🏷️ bookmark=🔖 bookmark_tabs=📑 link=🔗 paperclip=📎 pushpin=📌
round_pushpin=📍 triangular_flag_on_post=🚩 memo=📝 pencil=📝 pencil2=✏️ clipboard=📋 page_facing_up=📄
page_with_curl=📃 scroll=📜 newspaper=📰 book=📖 books=📚 ledger=📒 notebook=📓 file_folder=📁
open_file_folder=📂 card_file_box=🗃️ file_cabinet=🗄️ wastebasket=🗑️ bar_chart=📊 chart_with_upwards_trend=📈
chart_with_downwards_trend=📉 mag=🔍 mag_right=🔎 lock=🔒 unlock=🔓 closed_lock_with_key=🔐 key=🔑 shield=🛡️
gear=⚙️ wrench=🔧 hammer=🔨 hammer_and_wrench=🛠️ nut_and_bolt=🔩 toolbox=🧰 magnet=🧲 test_tube=🧪 microscope=🔬
satellite=🛰️ satellite_antenna=📡 bulb=💡 battery=🔋 electric_plug=🔌 computer=💻 desktop_computer=🖥️
keyboard=⌨️ floppy_disk=💾 cd=💿 iphone=📱 phone=☎️ globe_with_meridians=🌐 earth_africa=🌍 earth_americas=🌎
earth_asia=🌏 cloud=☁️ sunny=☀️ snowflake=❄️ snowman=⛄ rainbow=🌈 umbrella=☔ ocean=🌊 anchor=⚓ ship=🚢
sailboat=⛵ boat=⛵ ferry=⛴️ speedboat=🚤 airplane=✈️ train=🚋 truck=🚚 ambulance=🚑 fire_engine=🚒 house=🏠
office=🏢 factory=🏭 bank=🏦 hospital=🏥 credit_card=💳 moneybag=💰 dollar=💵 euro=💶 money_with_wings=💸
bug=🐛 ant=🐜 bee=🐝 beetle=🐞 turtle=🐢 snail=🐌 rabbit=🐰 cat=🐱 dog=🐶 tiger=🐯 whale=🐳 dolphin=🐬 crab=🦀
octopus=🐙 penguin=🐧 unicorn_face=🦄 dragon=🐉 snake=🐍 hatching_chick=🐣 bird=🐦 canary=🐤
coffee=☕ tea=🍵 beer=🍺 beers=🍻 pizza=🍕 cake=🍰 birthday=🎂 apple=🍎 seedling=🌱 evergreen_tree=🌲 herb=🌿
leaves=🍃 four_leaf_clover=🍀 cactus=🌵 game_die=🎲 dart=🎯 art=🎨 musical_note=🎵 crystal_ball=🔮 jigsaw=🧩
bust_in_silhouette=👤 busts_in_silhouette=👥 technologist=🧑‍💻 detective=🕵️ male-detective=🕵️ construction_worker=👷
one=1️⃣ two=2️⃣ three=3️⃣ four=4️⃣ five=5️⃣ six=6️⃣ seven=7️⃣ eight=8️⃣ nine=9️⃣ keycap_ten=🔟 zero=0️⃣ hash=#️⃣
"""  # noqa: RUF001 - emoji are meant

EMOJI: dict[str, str] = dict(entry.split("=", 1) for entry in _TABLE.split())

# These are drawn by the page, in a shape and a color: apps put them before states, and not every machine has a font of emoji.
SIGNS: dict[str, tuple[str, str]] = {
    **{EMOJI[f"large_{color}_square"]: ("square", color) for color in ("red", "green", "yellow", "blue", "orange")},
    **{EMOJI[f"large_{color}_circle"]: ("circle", color) for color in ("blue", "green", "yellow", "orange", "purple")},
    EMOJI["red_circle"]: ("circle", "red"),
    EMOJI["white_circle"]: ("circle", "gray"),
    EMOJI["white_large_square"]: ("square", "gray"),
    EMOJI["warning"].rstrip("\ufe0f"): ("warning", "orange"),
    EMOJI["white_check_mark"]: ("check", "green"),
    EMOJI["x"]: ("cross", "red"),
    EMOJI["no_entry"]: ("bar", "red"),
}
